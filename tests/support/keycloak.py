"""Keycloak itself, without a container: `python -m tests.support.keycloak` gets it by Maven and
prints its folder; `Keycloak` runs it as `docker-compose.yml` says."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devstack.apache_jars import java
from devstack.child import Child
from devstack.ports import free_port
from tests.support.compose import ROOT

_HERE = ROOT / "deploy" / "keycloak"
REALM = _HERE / "realm.json"


def distribution() -> Path:
    """The unpacked distribution, fetched at the first call. Raise RuntimeError for another file
    than the pinned one."""
    pinned, name = (_HERE / "distribution.sha256").read_text().split()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tera"
    place = cache / f"keycloak-{pinned[:12]}"
    if place.is_dir():
        return place
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as making:
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={making}"]
        maven = ["mvn", "-B", "-q", "-f", str(_HERE / "pom.xml"), *goal]
        # Standard output is for the folder's name alone.
        subprocess.run(maven, check=True, stdout=sys.stderr)
        archive = Path(making) / name
        found = hashlib.sha256(archive.read_bytes()).hexdigest()
        if found != pinned:
            raise RuntimeError(f"{name} is not the pinned one: {found}")
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(making)
        [unpacked] = [entry for entry in Path(making).iterdir() if entry.is_dir()]
        unpacked.rename(place)
    return place


class Keycloak:
    """One server on loopback, its realm imported, its data in memory.

    ``service`` is that of `docker-compose.yml`, its variables filled in; addresses become those of
    this machine.
    """

    def __init__(self, folder: Path, service: Mapping[str, Any], *, portal: str) -> None:
        self._home = folder / "keycloak"
        self._service = service
        self._port, self._management = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.environment: dict[str, str] = {**service["environment"], "TERA_PORTAL_HTTP": portal}
        self._server = Child("Keycloak", folder / "keycloak.log", folder)

    @property
    def issuer(self) -> str:
        return f"{self.url}/realms/tera"

    def start(self, home: Path) -> None:
        """Start a copy of the distribution `home`: it writes into its own folder."""
        shutil.copytree(home, self._home)
        (self._home / "data" / "import").mkdir(parents=True)
        shutil.copy(REALM, self._home / "data" / "import" / "tera.json")
        addresses = {
            "KC_HOSTNAME": self.url,
            "KC_HTTP_HOST": "127.0.0.1",
            "KC_HTTP_PORT": str(self._port),
            "KC_HTTP_MANAGEMENT_PORT": str(self._management),
        }
        # It lives for a minute: neither its data nor its machine code are worth keeping.
        quick = {"KC_DB": "dev-mem", "JAVA_OPTS_APPEND": "-XX:TieredStopAtLevel=1"}
        program = {"PATH": os.environ["PATH"], "JAVA_HOME": str(Path(java()).resolve().parents[1])}
        self._server.start(
            ["bash", self._home / "bin" / "kc.sh", *self._service["command"]],
            {**self.environment, **addresses, **quick, **program},
        )
        self._server.wait_until(self.healthy, within=240)

    def healthy(self) -> bool:
        """What the service's own health check finds."""
        _, *check = self._service["healthcheck"]["test"]
        check[-1] = check[-1].replace("/9000", f"/{self._management}")
        return subprocess.run(check, capture_output=True, check=False).returncode == 0

    def stop(self) -> None:
        self._server.stop(within=10)


if __name__ == "__main__":
    print(distribution())

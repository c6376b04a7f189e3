"""`docker-compose.yml` as Compose understands it, and its processes without containers."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from devstack.child import Child
from devstack.ports import free_port

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
_VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?::([-?])([^}]*))?\})")


def secrets(file: Path) -> dict[str, str]:
    """What `make env` writes, read back."""
    subprocess.run([ROOT / "deploy" / "make_env.sh", file], check=True)
    return dict(line.split("=", 1) for line in file.read_text().splitlines())


def load(variables: Mapping[str, str] | None) -> dict[str, Any]:
    """The file with its variables filled in; None leaves them. Raise KeyError for a required one
    that is not given."""
    model: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return model if variables is None else _filled(model, variables)


def _filled(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(inner, variables) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, variables) for inner in value]
    if not isinstance(value, str):
        return value

    def fill(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        if name is None:
            return "$"
        if kind == "-":
            return variables.get(name) or rest
        return variables[name]

    return _VARIABLE.sub(fill, value)


def ours(model: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The services that run our image."""
    return {
        name: service
        for name, service in model["services"].items()
        if service["image"].startswith("tera:")
    }


def in_order(services: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Names, each after those of them that it depends on."""
    done: list[str] = []
    while len(done) < len(services):
        for name, service in services.items():
            needed = set(service.get("depends_on", ())) & services.keys()
            if name not in done and needed <= set(done):
                done.append(name)
                yield name


@dataclass(frozen=True)
class Machine:
    """Runs services of the file as plain processes; ``addresses`` maps what stands in their
    settings (`postgres:5432`) to what is meant on this machine."""

    services: Mapping[str, Mapping[str, Any]]
    addresses: Mapping[str, str]
    folder: Path

    def environment(self, name: str) -> dict[str, str]:
        """The service's own variables, and nothing else but the way to the program."""
        given = self.services[name].get("environment", {})
        translated = {variable: self._translated(value) for variable, value in given.items()}
        if "TERA_HTTP_HOST" in given:
            translated["TERA_HTTP_HOST"] = "127.0.0.1"
            translated["TERA_HTTP_PORT"] = self.addresses[f"{name}:8000"].rpartition(":")[2]
            translated["TERA_METRICS_PORT"] = self.addresses[f"{name}:9000"].rpartition(":")[2]
        return translated | {"PATH": str(Path(sys.executable).parent), "PYTHONPATH": str(ROOT)}

    def _translated(self, value: str) -> str:
        for place, here in self.addresses.items():
            value = value.replace(place, here)
        return value

    def run(self, name: str) -> None:
        """Run a job to its end; raise CalledProcessError with what it said."""
        subprocess.run(
            self._command(name),
            env=self.environment(name),
            cwd=self.folder,
            check=True,
            capture_output=True,
            timeout=60,
        )

    def start(self, name: str) -> Child:
        child = Child(name, self.folder / f"{name}.log", self.folder)
        child.start(self._command(name), self.environment(name))
        return child

    def healthy(self, name: str) -> bool:
        """What the service's own health check finds."""
        kind, *check = self.services[name]["healthcheck"]["test"]
        assert kind == "CMD"
        return self.passes(name, check)

    def passes(self, name: str, check: list[str]) -> bool:
        """Whether a check that runs Python passes beside the service."""
        program, *arguments = check
        assert program == "python"
        check = [sys.executable, *arguments]
        ended = subprocess.run(
            check, env=self.environment(name), capture_output=True, check=False, timeout=30
        )
        return ended.returncode == 0

    def _command(self, name: str) -> list[str]:
        """The image's entry point with the service's command."""
        [program] = image_says("ENTRYPOINT")
        return [str(Path(sys.executable).parent / program), *self.services[name]["command"]]


def image_says(instruction: str) -> list[str]:
    """The program that an instruction of the Dockerfile names, with its arguments."""
    lines = (ROOT / "Dockerfile").read_text().replace("\\\n", "")
    found = re.search(rf"^{instruction}\b[^\[\n]*(\[.*\])$", lines, re.MULTILINE)
    assert found
    program: list[str] = json.loads(found[1])
    return program


def listening_addresses(names: list[str]) -> dict[str, str]:
    """A free loopback port for each process and port of the file."""
    return {f"{name}:{port}": f"127.0.0.1:{free_port()}" for name in names for port in (8000, 9000)}

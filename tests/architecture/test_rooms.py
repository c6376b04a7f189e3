"""The house rules that import-linter cannot say."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = ROOT / "services"


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize(
    "file", sorted(SERVICES.rglob("rules.py")), ids=lambda file: file.parts[-2]
)
def test_rules_are_pure(file: Path) -> None:
    service = file.relative_to(SERVICES).parts[0]
    foreign = [
        name
        for name in imported(file)
        if name.split(".")[0] not in sys.stdlib_module_names
        and not (name.startswith(f"services.{service}.") and name.endswith(".rules"))
    ]
    assert foreign == [], "rules.py knows the standard library and other rules, nothing else"
    impure = {"asyncio", "os", "socket", "subprocess", "random"} & set(imported(file))
    assert impure == set(), "rules.py does no I/O"


def test_the_api_role_cannot_reach_kafka_by_import() -> None:
    for file in SERVICES.rglob("api.py"):
        kafka = [name for name in imported(file) if name.startswith(("aiokafka", "faststream"))]
        assert kafka == [], f"{file.relative_to(ROOT)} touches Kafka (promise G5)"


def test_sql_stands_in_stores() -> None:
    for file in SERVICES.rglob("*.py"):
        if file.name in {"api.py", "rules.py", "consumers.py", "timers.py"}:
            words = [
                node.value
                for node in ast.walk(ast.parse(file.read_text()))
                if isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and node.value.lstrip().lower().startswith(("select ", "insert ", "delete from "))
            ]
            assert words == [], f"{file.relative_to(ROOT)} has SQL outside store.py"


def test_no_place_of_a_machine_is_named() -> None:
    suffixes = {".py", ".md", ".toml", ".txt", ".lock", ".xml", ".yml", ".sh", ".csv", ".json"}
    machine = ["/" + "root/", "/" + "work/", "/" + "home/"]
    for file in ROOT.rglob("*"):
        hidden = any(part.startswith(".") for part in file.relative_to(ROOT).parts[:-1])
        if file.is_file() and file.suffix in suffixes and not hidden:
            text = file.read_text()
            assert not [path for path in machine if path in text], file.relative_to(ROOT)

"""The documents say what is there: links, files, tests, commands."""

import re
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from cli.main import app

REPOSITORY = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path
    for folder in (".", "docs", "docs/adr", "docs/runbooks", "cli/demo/data")
    for path in (REPOSITORY / folder).glob("*.md")
)
_NAMES = [str(path.relative_to(REPOSITORY)) for path in DOCUMENTS]


def _fenced(text: str) -> str:
    return "\n".join(re.findall(r"^```(?:sh|text)\n(.*?)^```", text, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("document", DOCUMENTS, ids=_NAMES)
def test_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text())
    missing = [
        target
        for target in targets
        if "://" not in target and not (document.parent / target).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=_NAMES)
def test_named_tests_exist(document: Path) -> None:
    for file, name in re.findall(r"(tests/[\w/]+\.py)::(\w+)", document.read_text()):
        assert f"def {name}(" in (REPOSITORY / file).read_text(), f"{file}::{name}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=_NAMES)
def test_named_chores_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    text = document.read_text()
    said = re.findall(r"`(?:BROKER=\w+ )?make ([a-z-]+)", text)
    said += re.findall(r"^(?:BROKER=\w+ )?make ([a-z-]+)", _fenced(text), re.MULTILINE)
    assert set(said) <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=_NAMES)
def test_named_commands_exist(document: Path) -> None:
    text = document.read_text()
    said = re.findall(r"`tera ([a-z][a-z -]*[a-z])", text)
    said += re.findall(r"\btera ([a-z]+(?:-[a-z]+)*(?: [a-z]+)?)", _fenced(text))
    for words in said:
        asked = [*_command(words.split()), "--help"]
        answer = CliRunner().invoke(app, asked)
        assert answer.exit_code == 0, f"tera {words}: {answer.output}"


def _command(words: list[str]) -> list[str]:
    """The words that name a command; what follows are its arguments."""
    groups = getattr(get_command(app), "commands", {})
    inner = getattr(groups.get(words[0]), "commands", {})
    return words[:2] if inner else words[:1]

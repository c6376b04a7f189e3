"""The texts of both languages: one TOML file per language and capability.

The key of a text is the name of its file and its place in it: `title` of `answers.toml` is
`answers.title`.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

Language = Literal["id", "en"]

LANGUAGES: Final[tuple[Language, ...]] = ("id", "en")
_FOLDER: Final = Path(__file__).parent


@cache
def texts(language: Language) -> Mapping[str, str]:
    """Every text of a language by its key."""
    found: dict[str, str] = {}
    for file in sorted((_FOLDER / language).glob("*.toml")):
        _flatten(file.stem, tomllib.loads(file.read_text(encoding="utf-8")), found)
    return found


def text(language: Language, key: str, **values: object) -> str:
    """One text with its `{places}` filled. Raise KeyError where a key or a value is missing."""
    words = texts(language)[key]
    return words.format_map(values) if values else words


def chosen_language(asked: str | None, kept: str | None, accepted: str | None) -> Language:
    """The language of a page: asked for in the address, kept in the cookie, or the browser's.

    Indonesian unless the browser puts English before it.
    """
    for wanted in (asked, kept):
        if wanted in LANGUAGES:
            return wanted
    for part in (accepted or "").lower().split(","):
        spoken = part.partition(";")[0].strip().partition("-")[0]
        if spoken in LANGUAGES:
            return spoken
    return LANGUAGES[0]


def _flatten(prefix: str, table: Mapping[str, Any], found: dict[str, str]) -> None:
    for name, value in table.items():
        if isinstance(value, str):
            found[f"{prefix}.{name}"] = value
        else:
            _flatten(f"{prefix}.{name}", value, found)

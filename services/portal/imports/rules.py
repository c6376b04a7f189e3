"""What the pages of imports compute themselves."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

KINDS: Final = frozenset({
    "units", "people", "services", "posts", "reporting_lines", "leaves", "holidays", "periods",
    "goals", "indicators", "plans", "competences", "programmes", "enrolments", "policies",
    "counters", "regions",
})  # fmt: skip
"""Kinds that have a name in both languages; others are called as the registry calls them."""

SKIPPED: Final = ("empty", "header", "numbering", "total", "signature")
MOST_SHOWN: Final = 500
"""Rows of the table of errors; the file of bad rows holds all of them."""


def slug(kind: str) -> str:
    """The kind as a part of a text's key."""
    return kind.replace("-", "_")


def skipped_counts(report: Mapping[str, Any]) -> list[tuple[str, list[int]]]:
    """The lines that are no rows, put together by the reason."""
    lines: dict[str, list[int]] = {}
    for each in report["skipped"]:
        lines.setdefault(each["why"], []).append(each["line"])
    return [(why, lines[why]) for why in SKIPPED if why in lines]


def titles_of(report: Mapping[str, Any]) -> dict[str, str | None]:
    """Each title of a file with the field that it means, or None where it is not used."""
    return {**report["mapping"], **dict.fromkeys(report["ignored_columns"])}


def mapping_of(form: Iterable[tuple[str, str]]) -> dict[str, str | None]:
    """The document of a saved mapping: fields `title-<n>` hold the titles of the file, `column-<n>`
    what was chosen for them, nothing where it is not to be used."""
    sent = dict(form)
    return {
        title: sent.get(name.replace("title-", "column-", 1)) or None
        for name, title in sent.items()
        if name.startswith("title-")
    }

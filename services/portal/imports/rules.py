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


def mapping_of(form: Iterable[tuple[str, str]], report: Mapping[str, Any]) -> dict[str, str]:
    """The document of a saved mapping: what the file's titles mean already, and what was chosen
    for the others. Fields are named `column-<n>` by the place among the ignored titles."""
    columns: dict[str, str] = dict(report["mapping"])
    for name, field in form:
        place = name.removeprefix("column-")
        if field and place != name and place.isdecimal() and len(place) <= 4:
            titles = report["ignored_columns"]
            if int(place) < len(titles):
                columns = {t: f for t, f in columns.items() if f != field}
                columns[titles[int(place)]] = field
    return columns


def typed_mapping(form: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The document of a mapping that was typed: fields named `title-<field>` hold titles."""
    return {
        " ".join(title.split()): name.removeprefix("title-")
        for name, title in form
        if name.startswith("title-") and title.strip()
    }

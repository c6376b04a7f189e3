"""Region codes of two authorities, and a CSV file of them."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

MOST_FAULTS: Final = 50
_LONGEST_NAME: Final = 200
_REQUIRED: Final = {"code", "name"}
_OPTIONAL: Final = {"valid_from", "valid_until"}


class Authority(StrEnum):
    """Who gives the codes. The two differ, and neither follows from the other."""

    KEMENDAGRI = "kemendagri"
    """12.76: province, regency, district, village, with dots."""
    BPS = "bps"
    """1276: the same levels of 2, 2, 3 and 3 digits."""


PATTERNS: Final[Mapping[Authority, str]] = {
    Authority.KEMENDAGRI: r"^[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?$",
    Authority.BPS: r"^[0-9]{2}([0-9]{2}([0-9]{3}([0-9]{3})?)?)?$",
}


@dataclass(frozen=True, slots=True)
class Region:
    """What a code means from `valid_from`, or since ever, until before `valid_until`."""

    code: str
    name: str
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in which line; the header is line 1."""

    line: int
    problem: str


class FileRefused(ValueError):  # noqa: N818 - it reads as a sentence
    """`faults` says what to correct."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


def parent_of(authority: Authority, code: str) -> str | None:
    """The code of the region around this one; None for a province."""
    if authority is Authority.KEMENDAGRI:
        return code.rpartition(".")[0] or None
    return {4: code[:2], 7: code[:4], 10: code[:7]}.get(len(code))


def read(authority: Authority, content: bytes) -> list[Region]:
    """The regions of a CSV file in UTF-8 with the columns code and name, and if it likes valid_from
    and valid_until as 2024-01-31. A code that it gives several times holds since ever in the line
    without a first day. Raises `FileRefused` with the first faults of all lines."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileRefused(
            [Fault(1, "is not text in UTF-8: save the file as CSV (UTF-8)")]
        ) from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        titles = set(reader.fieldnames or ())
        if not _REQUIRED <= titles <= _REQUIRED | _OPTIONAL:
            words = "must name the columns code and name, and may name valid_from and valid_until"
            raise FileRefused([Fault(1, words)])
        return _regions(reader, PATTERNS[authority])
    except csv.Error:
        words = "breaks off: check its quotation marks"
        raise FileRefused([Fault(reader.line_num, words)]) from None


def _regions(reader: "csv.DictReader[str]", pattern: str) -> list[Region]:
    found: dict[tuple[str, date], Region] = {}
    faults: list[Fault] = []
    for row in reader:
        region, problems = _region(row, pattern)
        key = region.code, region.valid_from or date.min
        if key in found:
            problems.append("gives a code that another line gives for the same day")
        found[key] = region
        faults += [Fault(reader.line_num, problem) for problem in problems]
        if len(faults) >= MOST_FAULTS:
            break
    if faults:
        raise FileRefused(faults[:MOST_FAULTS])
    dated = {region.code for region in found.values() if region.valid_from is not None}
    return [
        replace(region, valid_from=begins) if region.code in dated else region
        for (_, begins), region in found.items()
    ]


def _region(row: Mapping[str | None, str | None], pattern: str) -> tuple[Region, list[str]]:
    problems: list[str] = []
    code, name = (row.get("code") or "").strip(), " ".join((row.get("name") or "").split())
    days = {}
    for title in sorted(_OPTIONAL):
        try:
            days[title] = (
                date.fromisoformat(cell) if (cell := (row.get(title) or "").strip()) else None
            )
        except ValueError:
            days[title] = None
            problems.append(f"has no day such as 2024-01-31 in {title}")
    region = Region(code, name, days["valid_from"], days["valid_until"])
    problems += _faults(region, pattern, surplus=None in row)
    return region, problems


def _faults(region: Region, pattern: str, *, surplus: bool) -> Iterator[str]:
    if not re.match(pattern, region.code, re.ASCII):
        yield "has no code of this authority"
    if not 0 < len(region.name) <= _LONGEST_NAME or not region.name.isprintable():
        yield f"needs a name of at most {_LONGEST_NAME} characters"
    if surplus:
        yield "has more cells than the header: quote what holds a comma"
    begins = region.valid_from or date.min
    if region.valid_until is not None and region.valid_until <= begins:
        yield "must have valid_until after valid_from: it is the first day no more"

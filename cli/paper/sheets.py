"""Reads answers taken on paper from a wide CSV: one row per respondent, one column per element.

Pure: bytes in, rows and complaints out. Every complaint has a line, a column and a reason.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from cli.paper.columns import Columns, HeaderError, means_something, understand_header
from cli.paper.profiles import value_of
from shared.contracts import SERVICE_YEARS, is_service_day, is_service_time

_MARKS: Final = frozenset("1234")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One respondent. ``line`` is where the row begins in the file; marks by element name,
    ``profile`` in feedback's words."""

    line: int
    scores: dict[str, int]
    answered_at: datetime | None
    day: date | None
    profile: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bad:
    """A cell that cannot be taken; ``column`` as the header has it."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sheets:
    """A whole file; ``ignored`` names columns that mean nothing here."""

    good: list[Sheet]
    bad: list[Bad]
    ignored: list[str]


def read_sheets(content: bytes, *, zone: str, u8: str | None = None, day: date | None) -> Sheets:
    """Read a file. ``u8`` says what column U8 is; ``day`` is for rows that state no time of their
    own; ``zone`` is for times without one.

    Raises ``HeaderError`` where the file as a whole has to be changed or ``u8`` is needed.
    """
    text = _decoded(content)
    rows = _numbered(text)
    _, header = next(rows, (0, []))
    columns = understand_header(header, u8)
    used = {*columns.elements, *columns.profile, columns.time}
    found = Sheets([], [], [name for at, name in enumerate(columns.names) if at not in used])
    for line, cells in rows:
        sheet, bad = _sheet(line, cells, columns=columns, zone=zone, day=day)
        found.bad.extend(bad)
        if sheet is not None and not bad:
            found.good.append(sheet)
    return found


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise HeaderError("The file is not UTF-8: save it as “CSV UTF-8” and try again.") from None
    if "\x00" in text:
        raise HeaderError("The file has NUL characters: save it as “CSV UTF-8” and try again.")
    return text


def _delimiter(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=lambda mark: sum(means_something(name) for name in first.split(mark)))


def _numbered(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, each with the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise HeaderError(f"Line {line} is not CSV ({error}): correct its quotes.") from None
        if any(cell.strip() for cell in cells):
            yield line, cells


def _sheet(
    line: int, cells: Sequence[str], *, columns: Columns, zone: str, day: date | None
) -> tuple[Sheet | None, list[Bad]]:
    bad = []
    if any(cell.strip() for cell in cells[len(columns.names) :]):
        many = f"the row has {len(cells)} cells and the header {len(columns.names)}"
        bad.append(Bad(line, "", f"{many}: correct its separators"))
    scores: dict[str, int] = {}
    for at, element in columns.elements.items():
        cell = cells[at].strip() if at < len(cells) else ""
        if cell in _MARKS:
            scores[element] = int(cell)
        elif cell:
            reason = f"{_quoted(cell)} is not a mark: use 1, 2, 3, 4, or leave it empty"
            bad.append(Bad(line, columns.names[at], reason))
    if not scores and not bad:
        bad.append(Bad(line, "", "no element is answered: fill in a mark or remove the row"))
    moment: datetime | None = None
    if columns.time is not None and columns.time < len(cells) and cells[columns.time].strip():
        cell = cells[columns.time].strip()
        try:
            moment, day = _time(cell, zone)
        except (ValueError, OverflowError):  # in UTC, year 1 may leave the calendar
            reason = (
                f"{_quoted(cell)} is not a time: use 2026-01-31, 2026-01-31T08:30:00 (there), "
                "or 2026-01-31T08:30:00Z"
            )
            bad.append(Bad(line, columns.names[columns.time], reason))
        else:
            if not _possible(moment, day):
                reason = f"{_quoted(cell)} is not of {SERVICE_YEARS}: correct it"
                bad.append(Bad(line, columns.names[columns.time], reason))
    profile, wrong = _profile(line, cells, columns)
    return Sheet(line, scores, moment, None if moment else day, profile), bad + wrong


def _profile(line: int, cells: Sequence[str], columns: Columns) -> tuple[dict[str, str], list[Bad]]:
    profile: dict[str, str] = {}
    bad = []
    for at, name in columns.profile.items():
        cell = cells[at].strip() if at < len(cells) else ""
        try:
            if cell:
                profile[name] = value_of(name, cell)
        except ValueError as error:
            bad.append(Bad(line, columns.names[at], f"{_quoted(cell)} is not understood: {error}"))
    return profile, bad


def _time(cell: str, zone: str) -> tuple[datetime | None, date | None]:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell):
        return None, date.fromisoformat(cell)
    moment = datetime.fromisoformat(cell)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return moment.astimezone(UTC), None


def _possible(moment: datetime | None, day: date | None) -> bool:
    return (moment is None or is_service_time(moment)) and (day is None or is_service_day(day))


def _quoted(cell: str) -> str:
    return f"“{cell if len(cell) <= 20 else cell[:19] + '…'}”"

"""First and last days as offices write them: the last one is included, while we store the first
day no more."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Final, Protocol
from uuid import UUID

from services.registry.imports.cells import day_of
from services.registry.imports.rules import Column, Findings, Row

FIRST: Final = Column(
    "from",
    "Hari pertama",
    "First day",
    "wajib / required: 2026-01-31, 31/01/2026, 31 Januari 2026",
    (
        "from",
        "since",
        "start date",
        "valid from",
        "mulai",
        "mulai tanggal",
        "tanggal mulai",
        "tmt",
        "sejak",
        "tanggal awal",
        "awal",
    ),
)
LAST: Final = Column(
    "until",
    "Hari terakhir",
    "Last day",
    "termasuk hari itu / that day included",
    (
        "until",
        "to",
        "end date",
        "sampai",
        "sampai dengan",
        "sd",
        "selesai",
        "tanggal selesai",
        "tanggal akhir",
        "akhir",
        "berakhir",
    ),
)


def first_of(row: Row, findings: Findings) -> date | None:
    """The first day; None where it is refused."""
    if not row["from"]:
        findings.refuse(row, "from", "is empty: state the first day")
        return None
    return day_of(row, "from", findings)


def until_of(row: Row, findings: Findings, *, first: date | None) -> date | None:
    """The day after the last one; None where the cell is empty or refused."""
    last = day_of(row, "until", findings) if row["until"] else None
    if last == date.max:
        findings.refuse(row, "until", "is the end of time: leave it empty")
        return None
    if last and first and last < first:
        findings.refuse(row, "until", f"is before the first day, {first}")
        return None
    return last + timedelta(days=1) if last else None


def last_text(until: date | None) -> str:
    """What an export writes for the first day no more."""
    return (until - timedelta(days=1)).isoformat() if until else ""


class Dated(Protocol):
    """Something of a person from a day to before another, or without an end."""

    @property
    def id(self) -> UUID: ...
    @property
    def person_id(self) -> UUID: ...
    @property
    def valid_from(self) -> date: ...
    @property
    def valid_until(self) -> date | None: ...


def refuse_overlaps(
    dated: Iterable[Dated], rows: Mapping[UUID, Row], findings: Findings, *, what: str
) -> None:
    """Of two things of a person that hold on the same day, refuse the row of the one that begins
    later, or else of the other; `rows` are by the thing's id."""
    longest: Dated | None = None
    for each in sorted(dated, key=lambda each: (each.person_id, each.valid_from)):
        if longest is None or longest.person_id != each.person_id:
            longest = each
            continue
        end = longest.valid_until
        if end is None or each.valid_from < end:
            name, bad, other = ("from", each, longest)
            if each.id not in rows:
                name, bad, other = ("until", longest, each)
            days = f"from {other.valid_from} " + (
                f"to {last_text(other.valid_until)}" if other.valid_until else "without a last day"
            )
            if bad.id in rows:
                reason = f"overlaps the {what} {days}: choose other days, or end that one first"
                findings.refuse(rows[bad.id], name, reason)
            # What is refused is in nobody's way.
            longest = other
        else:
            longest = each

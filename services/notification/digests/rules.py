"""When a month is told of, and how it compares with the one before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

DUE = time(7)
"""Local time on the first day of the next month."""
CATCH_UP = timedelta(days=7)
"""After it was due: what an outage kept back for longer is no news."""
MOST_UNITS = 30
"""Units named in one digest; of more, those with the most answers."""


@dataclass(frozen=True, slots=True)
class DueMonth:
    """A month that is to be told of: its first day, on which day (in the tenant's zone) and since
    which moment it is."""

    month: date
    day: date
    due_at: datetime


def due_month(now: datetime, zone: str) -> DueMonth | None:
    """The month that ended last in this zone, if it is time to tell of it."""
    local = now.astimezone(ZoneInfo(zone))
    first = local.date().replace(day=1)
    due = datetime.combine(first, DUE, local.tzinfo).astimezone(UTC)
    if not due <= now < due + CATCH_UP:
        return None
    return DueMonth(month_before(first), first, due)


def month_before(first: date) -> date:
    """The first day of the month before."""
    return (first - timedelta(days=1)).replace(day=1)


@dataclass(frozen=True, slots=True)
class Month:
    """What a unit's month came to; ``before`` is the index of the month before it."""

    unit_id: UUID
    answers: int
    index: Decimal | None
    grade: str | None
    before: Decimal | None


def digest(month: date, own: UUID, months: Sequence[Month]) -> Mapping[str, Any] | None:
    """The parameters of a unit's digest: itself first, then those below it by their answers. None
    where nobody answered about any of them: there is nothing to tell."""
    told = [found for found in months if found.answers]
    if not told:
        return None
    mine = next((found for found in months if found.unit_id == own), None)
    others = sorted(
        (found for found in told if found.unit_id != own),
        key=lambda found: (-found.answers, found.unit_id),
    )
    lines = [mine] if mine is not None else []
    lines += others[: MOST_UNITS - len(lines)]
    return {
        "month": f"{month.year:04}-{month.month:02}",
        "units": [_line(line) for line in lines],
        "more": len(others) + (mine is not None) - len(lines),
    }


def _line(month: Month) -> Mapping[str, Any]:
    change = None if None in (month.index, month.before) else month.index - month.before  # type: ignore[operator]
    return {
        "unit_id": str(month.unit_id),
        "answers": month.answers,
        "index": None if month.index is None else f"{month.index:.2f}",
        "grade": month.grade,
        "change": None if change is None else f"{change:.2f}",
    }

"""Evaluation periods: which spans there are, and which state follows which (rules, section 1)."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

MONTHS: Final = {"monthly": 1, "quarterly": 3, "yearly": 12}
"""How long a period of each kind is."""

PLANNED: Final = "planned"
CLOSED: Final = "closed"
REOPENED: Final = "evaluating"
STATES: Final = (PLANNED, "running", REOPENED, CLOSED)
"""In this order; a closed one may go back to being evaluated, with a reason."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `starts_on` to before `ends_on`, in the tenant's zone; what is received after
    `closes_at` is late. `reopened_because` is why it was opened again after it was closed."""

    id: UUID
    kind: str
    starts_on: date
    ends_on: date
    closes_at: datetime
    state: str = PLANNED
    reopened_because: str | None = None
    version: int = 1


class PeriodRefused(ValueError):  # noqa: N818 - it reads as a sentence
    """`field` says what is wrong with which field of a request."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field = field


class AdvanceRefused(ValueError):  # noqa: N818 - it reads as a sentence
    """The state does not follow the one the period has; the message says what to do."""


def end_of(kind: str, starts_on: date) -> date:
    """The first day after the one month, quarter or year that begins on `starts_on`.

    Raises `PeriodRefused` where none of this kind begins on that day: periods of a kind can
    therefore never overlap.
    """
    months = MONTHS[kind]
    if starts_on.day != 1 or (starts_on.month - 1) % months:
        raise PeriodRefused("starts_on", _FIRST_DAYS[kind])
    years, month = divmod(starts_on.month - 1 + months, 12)
    return date(starts_on.year + years, month + 1, 1)


def check_dates(period: Period, zone: ZoneInfo) -> None:
    """Refuse an end that does not fit the kind, and a closing before the end of the last day."""
    ends_on = end_of(period.kind, period.starts_on)
    if period.ends_on != ends_on:
        raise PeriodRefused(
            "ends_on", f"must be {ends_on}, the first day after a {period.kind} period from then"
        )
    if period.closes_at < _midnight(ends_on, zone):
        raise PeriodRefused(
            "closes_at", f"must not be before the period is over, at the end of {_last(period)}"
        )


def of_year(year: int, kind: str) -> list[tuple[date, date]]:
    """First day, and first day no more, of all periods of the kind in a calendar year."""
    firsts = [date(year, month, 1) for month in range(1, 13, MONTHS[kind])]
    return [(first, end_of(kind, first)) for first in firsts]


def closing(ends_on: date, days: int, zone: ZoneInfo) -> datetime:
    """The midnight that ends the `days`-th day after the period."""
    return _midnight(ends_on + timedelta(days=days), zone)


def advance(period: Period, to: str, reason: str | None) -> Period:
    """The period in its next state, or opened again for evaluation.

    Raises `AdvanceRefused` for any other step, `PeriodRefused` for a reason missing or too many.
    """
    reopening = period.state == CLOSED and to == REOPENED
    if not reopening and STATES.index(to) != STATES.index(period.state) + 1:
        raise AdvanceRefused(
            "Nothing was stored: the period is closed; it can only be opened again for evaluation, "
            'with "to": "evaluating" and a reason.'
            if period.state == CLOSED
            else f"Nothing was stored: the period is {period.state}, and the next state is "
            f"{STATES[STATES.index(period.state) + 1]}."
        )
    if reopening and not reason:
        raise PeriodRefused("reason", "is missing: say why the closed period is opened again")
    if reason and not reopening:
        raise PeriodRefused("reason", "is only for opening a closed period again: leave it out")
    return replace(period, state=to, reopened_because=reason or period.reopened_because)


_FIRST_DAYS: Final = {
    "monthly": "must be the first day of a month",
    "quarterly": "must be 1 January, 1 April, 1 July or 1 October",
    "yearly": "must be 1 January",
}


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _last(period: Period) -> date:
    return period.ends_on - timedelta(days=1)

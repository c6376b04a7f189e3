"""Hours of work: what a calendar may say of a week and of single days."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, time
from itertools import pairwise
from typing import Final
from uuid import UUID

MIDNIGHT: Final = time()
MOST_DAYS: Final = 400
"""Days of one calendar that differ: those of a year, and some."""


@dataclass(frozen=True, slots=True)
class Span:
    """From `starts` to before `ends`; `ends` 00:00 is the midnight that ends the day."""

    starts: time
    ends: time


@dataclass(frozen=True, slots=True)
class Day:
    """A date that differs from its weekday, and why; without spans it is a holiday."""

    day: date
    spans: tuple[Span, ...] = ()
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """What holds from `valid_from` on; `unit_id` None is the whole tenant. It replaces those above
    it entirely, holidays too. `week` is Monday to Sunday, `days` are in order."""

    id: UUID
    valid_from: date
    week: tuple[tuple[Span, ...], ...]
    unit_id: UUID | None = None
    days: tuple[Day, ...] = ()
    version: int = 1

    def with_day(self, day: Day) -> "Calendar":
        """The calendar in which this date differs in this way."""
        others = self.without_day(day.day).days
        return replace(self, days=tuple(sorted((*others, day), key=lambda each: each.day)))

    def without_day(self, day: date) -> "Calendar":
        """The calendar in which this date is like any of its weekday."""
        return replace(self, days=tuple(each for each in self.days if each.day != day))


def checked_spans(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans of a day in order. Raises `ValueError` where one is empty or two overlap."""
    ordered = sorted(spans, key=lambda span: span.starts)
    for span in ordered:
        if span.ends <= span.starts and span.ends != MIDNIGHT:
            raise ValueError(
                f"ends at {span.ends:%H:%M}, not after it starts: hours over midnight are a span "
                "to 00:00 and one from 00:00 of the next day"
            )
    for before, after in pairwise(ordered):
        if before.ends > after.starts or before.ends == MIDNIGHT:
            raise ValueError(f"two spans overlap at {after.starts:%H:%M}: make them one")
    return tuple(ordered)


def checked_days(days: Iterable[Day]) -> tuple[Day, ...]:
    """The days in order. Raises `ValueError` where a date is given twice."""
    ordered = tuple(sorted(days, key=lambda each: each.day))
    for before, after in pairwise(ordered):
        if before.day == after.day:
            raise ValueError(f"{after.day} is given twice: keep one of them")
    return ordered

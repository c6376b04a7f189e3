"""Working time: how long was worked between two moments, and when working days are over.

Pure, and the same wherever a clock counts working time. Calendars are taken as the registry's
events carry them (`shared.contracts.CalendarChanged`), or in any other form with these fields.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

_DAY: Final = timedelta(days=1)
_NOTHING: Final = timedelta()
_FARTHEST: Final = timedelta(days=36_600)


class Span(Protocol):
    """From `starts` to before `ends` of one day; `ends` 00:00 is the midnight that ends it."""

    @property
    def starts(self) -> time: ...
    @property
    def ends(self) -> time: ...


class Day(Protocol):
    """A date that differs from its weekday; without spans it is a holiday."""

    @property
    def day(self) -> date: ...
    @property
    def spans(self) -> Sequence[Span]: ...


class Calendar(Protocol):
    """What holds from `valid_from` on; `week` is Monday to Sunday."""

    @property
    def valid_from(self) -> date: ...
    @property
    def week(self) -> Sequence[Sequence[Span]]: ...
    @property
    def days(self) -> Sequence[Day]: ...


class NeverDueError(ValueError):
    """Within a hundred years there are not so many working days: the calendar has hardly any."""


Hours = tuple[tuple[timedelta, timedelta], ...]
"""Of one day: opening and closing as what the clock shows since its midnight, in order."""

C = TypeVar("C", bound=Calendar)


def hours(spans: Iterable[Span]) -> Hours:
    """The spans of a day in order; where they touch or overlap they become one."""
    merged: list[tuple[timedelta, timedelta]] = []
    for starts, ends in sorted((_shown(s.starts), _shown(s.ends) or _DAY) for s in spans):
        if merged and starts <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(ends, merged[-1][1]))
        elif starts < ends:
            merged.append((starts, ends))
    return tuple(merged)


def _half(start: float, end: float) -> tuple[timedelta, timedelta]:
    return timedelta(hours=start), timedelta(hours=end)


STANDARD_WEEK: Final[tuple[Hours, ...]] = (
    *[(_half(7.5, 12), _half(13, 16))] * 4,
    (_half(7.5, 11.5), _half(13, 16.5)),
    (),
    (),
)
"""Where no calendar says otherwise: Perpres 21/2023, 37.5 hours on five days from 07:30, breaks of
60 minutes and on Friday of 90. At which hour a break begins is ours."""


class Schedule(Generic[C]):
    """When a place works, day by day.

    `levels` are the calendars of each level, the nearest first and the tenant's last. On a day the
    nearest level decides that has a calendar begun by then, with the one that began last; it
    replaces those above it entirely, holidays too.
    """

    def __init__(self, levels: Iterable[Iterable[C]], zone: ZoneInfo) -> None:
        self.zone = zone
        self._levels = [
            sorted((_Read(each) for each in level), key=lambda read: read.calendar.valid_from)
            for level in levels
        ]

    def calendar_on(self, day: date) -> C | None:
        """The calendar that decides; None where the standard week does."""
        read = self._read(day)
        return read.calendar if read else None

    def hours_on(self, day: date) -> Hours:
        """What the clock shows when work begins and ends; empty on a day off."""
        read = self._read(day)
        if read is None:
            return STANDARD_WEEK[day.weekday()]
        return read.days.get(day, read.week[day.weekday()])

    def spans_on(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The moments in UTC from which to before which is worked; in order, without overlap."""
        midnight = datetime.combine(day, time())
        for starts, ends in self.hours_on(day):
            opens, closes = (_first(midnight + shown, self.zone) for shown in (starts, ends))
            if opens < closes:
                yield opens, closes

    def _read(self, day: date) -> "_Read[C] | None":
        for level in self._levels:
            begun = bisect_right(level, day, key=lambda read: read.calendar.valid_from)
            if begun:
                return level[begun - 1]
        return None


def working_time(start: datetime, end: datetime, schedule: Schedule[C]) -> timedelta:
    """How long was worked from `start` to before `end`, both with a zone; exact.

    An interval that is split adds up to the same. Raises `ValueError` where `end` is before
    `start`.
    """
    # Of two times with one zone Python compares what the clock shows, not which comes first.
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if end < start:
        raise ValueError("the interval ends before it starts")
    # A day more on both sides: a clock that is set back over midnight shows days out of order.
    day = start.astimezone(schedule.zone).date() - _DAY
    last = end.astimezone(schedule.zone).date() + _DAY
    total = _NOTHING
    while day <= last:
        for opens, closes in schedule.spans_on(day):
            total += max(min(end, closes) - max(start, opens), _NOTHING)
        day += _DAY
    return total


def add_working_days(day: date, count: int, schedule: Schedule[C]) -> date:
    """The `count`-th working day after `day`, which itself is not counted; `day` for none.

    A half day counts like a whole one. Raises `NeverDueError`.
    """
    farthest = day + _FARTHEST
    while count > 0:
        day += _DAY
        if day > farthest:
            raise NeverDueError(f"{count} working days are missing until {farthest}")
        if schedule.hours_on(day):
            count -= 1
    return day


def due_at(start: datetime, working_days: int, schedule: Schedule[C]) -> datetime:
    """The end of work, in UTC, on the last of one or more working days after that of `start`.

    Raises `NeverDueError`.
    """
    day = start.astimezone(schedule.zone).date()
    due = add_working_days(day, working_days, schedule)
    return _first(datetime.combine(due, time()) + schedule.hours_on(due)[-1][1], schedule.zone)


class _Read(Generic[C]):
    """A calendar with its hours worked out once."""

    def __init__(self, calendar: C) -> None:
        self.calendar = calendar
        self.week = [hours(spans) for spans in calendar.week]
        self.days = {each.day: hours(each.spans) for each in calendar.days}


def _shown(clock: time) -> timedelta:
    return timedelta(
        hours=clock.hour,
        minutes=clock.minute,
        seconds=clock.second,
        microseconds=clock.microsecond,
    )


def _first(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first moment, in UTC, at which the zone's clock shows `wall` or, where it jumps over
    `wall`, anything later.

    Later walls never come first, so spans that do not overlap on paper do not overlap in time.
    """

    def clock(moment: datetime) -> datetime:
        return moment.astimezone(zone).replace(tzinfo=None)

    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if clock(moment) == wall:
        return moment
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    seconds = range(int((moment - before).total_seconds()))
    jump = bisect_left(seconds, wall, key=lambda s: clock(before + timedelta(seconds=s)))
    return before + timedelta(seconds=jump)

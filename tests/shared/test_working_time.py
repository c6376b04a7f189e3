"""Working time: half days, split hours, holidays, clocks that are set; parts make the whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts import CalendarChanged, WorkingDay, WorkingSpan
from shared.db import uuid7
from shared.working_time import (
    NeverDueError,
    Schedule,
    add_working_days,
    due_at,
    hours,
    working_time,
)

JAKARTA = ZoneInfo("Asia/Jakarta")
BERLIN = ZoneInfo("Europe/Berlin")
SANTIAGO = ZoneInfo("America/Santiago")
"""Where clocks are set forward at midnight."""
AZORES = ZoneInfo("Atlantic/Azores")
"""Where clocks are set at midnight: back from 01:00 in autumn."""
ZONES = (JAKARTA, BERLIN, SANTIAGO, AZORES, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC"))
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Hours:
    """A calendar as the functions take it."""

    valid_from: date
    week: Sequence[Sequence[WorkingSpan]]
    days: Sequence[WorkingDay] = ()


def spans(text: str) -> tuple[WorkingSpan, ...]:
    """'07:30-12:00 13:00-16:00'"""
    pairs = (each.split("-") for each in text.split())
    return tuple(
        WorkingSpan(starts=time.fromisoformat(starts), ends=time.fromisoformat(ends))
        for starts, ends in pairs
    )


def calendar(*days: str, first: date = date(2000, 1, 1), **differing: str) -> Hours:
    """`days` from Monday on, the rest of the week free; `differing` are like d2026_08_17=''."""
    week = [spans(day) for day in (*days, *[""] * (7 - len(days)))]
    dates = [
        WorkingDay(day=date(*map(int, name[1:].split("_"))), spans=spans(text))
        for name, text in differing.items()
    ]
    return Hours(first, week, dates)


def at(text: str, zone: ZoneInfo = JAKARTA) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


OFFICE = calendar(
    *["07:30-12:00 13:00-16:00"] * 4,
    "07:30-11:30",
    d2026_08_17="",
    d2026_08_22="08:00-12:00",
)
"""A half Friday; Monday 17 August is a holiday, Saturday 22 is worked for it."""


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-08-18T08:00", "2026-08-18T09:00", HOUR),
        ("2026-08-18T11:30", "2026-08-18T13:30", HOUR),
        ("2026-08-18T00:00", "2026-08-19T00:00", 7.5 * HOUR),
        ("2026-08-18T15:00", "2026-08-19T08:30", 2 * HOUR),
        ("2026-08-21T09:30", "2026-08-21T18:00", 2 * HOUR),
        ("2026-08-17T00:00", "2026-08-18T00:00", 0 * HOUR),
        ("2026-08-22T00:00", "2026-08-23T00:00", 4 * HOUR),
        ("2026-08-10T00:00", "2026-08-17T00:00", 34 * HOUR),
        ("2026-08-17T00:00", "2026-08-24T00:00", 30.5 * HOUR),
        ("2026-08-18T08:00", "2026-08-18T08:00", 0 * HOUR),
    ],
)
def test_an_office_with_half_and_differing_days(start: str, end: str, expected: timedelta) -> None:
    assert working_time(at(start), at(end), Schedule([[OFFICE]], JAKARTA)) == expected


def test_without_a_calendar_the_standard_week_holds() -> None:
    standard = Schedule[Hours]([], JAKARTA)
    assert standard.calendar_on(date(2026, 8, 17)) is None
    week = working_time(at("2026-08-17T00:00"), at("2026-08-24T00:00"), standard)
    assert week == 37.5 * HOUR


def test_the_nearest_calendar_decides_from_its_first_day_on() -> None:
    tenant = calendar(*["08:00-16:00"] * 5)
    near = calendar(*["08:00-10:00"] * 6, first=date(2026, 8, 19))
    later = calendar(*["08:00-09:00"] * 6, first=date(2026, 8, 21))
    schedule = Schedule([[later, near], [], [tenant]], JAKARTA)
    worked = [
        sum(((ends - starts) // HOUR for starts, ends in schedule.hours_on(date(2026, 8, day))))
        for day in range(17, 24)
    ]
    assert worked == [8, 8, 2, 2, 1, 1, 0]
    assert schedule.calendar_on(date(2026, 8, 20)) is near


def test_the_calendar_of_an_event_is_understood() -> None:
    event = CalendarChanged(
        tenant_id=uuid7(),
        id=uuid7(),
        version=1,
        valid_from=date(2026, 1, 1),
        week=tuple(spans("00:00-00:00") for _ in range(7)),
        days=(WorkingDay(day=date(2026, 8, 17)),),
    )
    schedule = Schedule([[CalendarChanged.read(event.body())]], JAKARTA)
    assert working_time(at("2026-08-15T00:00"), at("2026-08-19T00:00"), schedule) == 72 * HOUR


def test_spans_that_overlap_count_once() -> None:
    assert hours(spans("10:00-12:00 08:00-11:00 12:00-00:00 09:00-08:00")) == (
        (8 * HOUR, 24 * HOUR),
    )


NIGHT = calendar(*["00:00-06:00 22:00-00:00"] * 7)


@pytest.mark.parametrize(
    ("zone", "day", "worked"),
    [
        (BERLIN, "2026-03-29", 7),  # 02:00 becomes 03:00
        (BERLIN, "2026-10-25", 9),
        (BERLIN, "2026-07-01", 8),
        (SANTIAGO, "2026-09-06", 7),  # 00:00 becomes 01:00
        (SANTIAGO, "2026-04-04", 9),  # 24:00 becomes 23:00 of the same day
        (AZORES, "2026-10-25", 9),
        (ZoneInfo("Pacific/Apia"), "2011-12-30", 0),  # a day that never was
    ],
)
def test_a_clock_that_is_set_changes_the_night(zone: ZoneInfo, day: str, worked: int) -> None:
    schedule = Schedule([[NIGHT]], zone)
    spans = list(schedule.spans_on(date.fromisoformat(day)))
    assert sum((closes - opens for opens, closes in spans), timedelta()) == worked * HOUR


def test_a_time_that_the_clock_skips_is_when_it_jumps() -> None:
    schedule = Schedule([[calendar(*["02:15-02:45 02:50-04:00"] * 7)]], BERLIN)
    jump = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert list(schedule.spans_on(date(2026, 3, 29))) == [(jump, jump + HOUR)]


quarters = st.integers(0, 96)


@st.composite
def days(draw: st.DrawFn) -> tuple[WorkingSpan, ...]:
    """Up to three spans at quarters of an hour, up to midnight, in any order, overlapping too."""
    pairs = draw(st.lists(st.tuples(quarters, quarters).filter(lambda p: p[0] < p[1]), max_size=3))
    return tuple(WorkingSpan(starts=_clock(first), ends=_clock(end)) for first, end in pairs)


def _clock(quarter: int) -> time:
    return time(quarter // 4 % 24, quarter % 4 * 15)


around = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@st.composite
def schedules(draw: st.DrawFn, zones: Sequence[ZoneInfo] = ZONES) -> Schedule[Hours]:
    level = st.lists(
        st.builds(
            Hours,
            around,
            st.lists(days(), min_size=7, max_size=7),
            st.lists(
                st.builds(lambda day, spans: WorkingDay(day=day, spans=spans), around, days()),
                max_size=3,
            ),
        ),
        max_size=2,
    )
    return Schedule(draw(st.lists(level, max_size=2)), draw(st.sampled_from(zones)))


CHANGES = ("2026-03-29", "2026-10-25", "2026-04-05", "2026-09-06", "2026-10-04")
"""Days on which one of the zones sets its clocks."""
near_a_change = st.builds(
    lambda day, off: datetime.fromisoformat(day).replace(tzinfo=UTC) + off,
    st.sampled_from(CHANGES),
    st.timedeltas(timedelta(days=-2), timedelta(days=2)),
)
moments = near_a_change | st.builds(
    lambda off: datetime(2026, 3, 1, tzinfo=UTC) + off,
    st.timedeltas(timedelta(), timedelta(days=60)),
)


@settings(max_examples=80)
@given(schedules(), st.lists(moments, min_size=3, max_size=5))
def test_an_interval_that_is_split_adds_up(
    schedule: Schedule[Hours], given: list[datetime]
) -> None:
    first, *between, last = sorted(given)
    parts = [first, *between, last]
    split = [working_time(a, b, schedule) for a, b in pairwise(parts)]
    assert sum(split, timedelta()) == working_time(first, last, schedule)
    assert all(timedelta() <= part for part in split)
    assert sum(split, timedelta()) <= last - first


@settings(max_examples=40)
@given(
    schedules(zones=(JAKARTA, ZoneInfo("Asia/Kathmandu"))),
    around,
    st.integers(0, 3 * 96),
    st.integers(0, 3 * 96),
)
def test_it_is_what_a_watch_beside_the_clock_would_count(
    schedule: Schedule[Hours], day: date, one: int, other: int
) -> None:
    start, end = sorted((one, other))
    midnight = datetime.combine(day, time())
    counted = 0
    for quarter in range(start, end):
        wall = midnight + timedelta(minutes=15 * quarter)
        since = wall - datetime.combine(wall.date(), time())
        counted += any(a <= since < b for a, b in schedule.hours_on(wall.date()))
    moments = [
        (midnight + timedelta(minutes=15 * q)).replace(tzinfo=schedule.zone) for q in (start, end)
    ]
    assert working_time(*moments, schedule) == counted * timedelta(minutes=15)


def test_an_interval_does_not_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="before"):
        working_time(at("2026-08-18T09:00"), at("2026-08-18T08:00"), Schedule([[OFFICE]], JAKARTA))


@pytest.mark.parametrize(
    ("first", "count", "last"),
    [
        ("2026-08-13", 1, "2026-08-14"),  # a half day is a working day
        ("2026-08-14", 1, "2026-08-18"),  # over the weekend and the holiday
        ("2026-08-15", 1, "2026-08-18"),  # what comes in on Saturday counts from the next
        ("2026-08-18", 4, "2026-08-22"),
        ("2026-08-18", 5, "2026-08-24"),
        ("2026-08-18", 0, "2026-08-18"),
        ("2026-08-03", 14, "2026-08-22"),
    ],
)
def test_working_days_are_counted_from_the_next(first: str, count: int, last: str) -> None:
    schedule = Schedule([[OFFICE]], JAKARTA)
    assert add_working_days(date.fromisoformat(first), count, schedule) == date.fromisoformat(last)


def test_what_is_due_is_due_when_the_office_closes() -> None:
    schedule = Schedule([[OFFICE]], JAKARTA)
    # Late on Wednesday in UTC is Thursday in Jakarta already.
    assert due_at(datetime(2026, 8, 12, 18, tzinfo=UTC), 1, schedule) == at("2026-08-14T11:30")
    assert due_at(at("2026-08-14T23:00"), 1, schedule) == at("2026-08-18T16:00")


works = calendar(*["08:00-09:00"] * 5, d2026_05_01="", d2026_05_02="08:00-09:00")


@given(around, st.integers(0, 40), st.integers(0, 40))
def test_working_days_add_up(day: date, one: int, other: int) -> None:
    schedule = Schedule([[works]], JAKARTA)
    end = add_working_days(day, one, schedule)
    assert add_working_days(end, other, schedule) == add_working_days(day, one + other, schedule)
    passed = [day + timedelta(days=number) for number in range(1, (end - day).days + 1)]
    assert sum(bool(schedule.hours_on(each)) for each in passed) == one
    assert not passed or schedule.hours_on(end)


def test_where_nobody_works_nothing_is_ever_due() -> None:
    with pytest.raises(NeverDueError):
        add_working_days(date(2026, 1, 1), 1, Schedule([[calendar()]], JAKARTA))

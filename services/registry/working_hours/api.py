"""`/v1/units/{unit_id}/calendar` and `/working-time`: what the calendars say for a unit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.registry.access import Access, Member, refused
from services.registry.calendars import store as calendars
from services.registry.calendars.api import ClockSpan
from services.registry.calendars.rules import Calendar
from services.registry.tenants import store as tenants
from services.registry.units import store as units
from services.registry.units.answers import unknown_unit
from shared.contracts import Instant, ServiceDay, ServiceTime
from shared.db import Connection
from shared.working_time import (
    STANDARD_WEEK,
    Hours,
    NeverDueError,
    Schedule,
    due_at,
    hours,
    working_time,
)

router = APIRouter(prefix="/v1/units/{unit_id}", tags=["calendars"])

LONGEST: Final = timedelta(days=1830)
MINUTE: Final = timedelta(minutes=1)


class CalendarSource(BaseModel):
    """What one level says; `unit_id` null is the tenant, a missing calendar says nothing."""

    level: Literal["unit", "tenant", "standard"]
    unit_id: UUID | None
    name: str
    calendar_id: UUID | None
    valid_from: date | None
    wins: bool


STANDARD: Final = CalendarSource(
    level="standard",
    unit_id=None,
    name="Perpres 21/2023",
    calendar_id=None,
    valid_from=None,
    wins=False,
)


class EffectiveCalendar(BaseModel):
    """The hours of the week and of the day itself, and `sources` from the nearest to the farthest
    with what each says. `day_name` is why the day differs from its weekday."""

    unit_id: UUID
    on: date
    hours: list[ClockSpan]
    day_name: str | None
    week: list[list[ClockSpan]]
    sources: list[CalendarSource]


class WorkedTime(BaseModel):
    """Whole minutes, rounded half up."""

    minutes: int


class Due(BaseModel):
    """`due_at` is the end of work of the day it is due on."""

    due_on: date
    due_at: Instant


@router.get("/calendar")
async def effective_calendar(
    unit_id: UUID,
    caller: Member,
    registry: Access,
    on: Annotated[
        ServiceDay | None, Query(description="Without it: today, in the tenant's zone")
    ] = None,
) -> EffectiveCalendar:
    """When the unit works on a day, and in a week of it."""
    async with registry.transaction(caller.tenant) as connection:
        on = on or await tenants.today(connection, caller.tenant)
        place = await _place(connection, caller.tenant, unit_id, on)
    winner = place.schedule.calendar_on(on)
    week = [hours(spans) for spans in winner.week] if winner else STANDARD_WEEK
    differing = next((each for each in winner.days if each.day == on), None) if winner else None
    sources = [
        CalendarSource(
            level="unit" if level_id else "tenant",
            unit_id=level_id,
            name=name,
            calendar_id=stated.id if stated else None,
            valid_from=stated.valid_from if stated else None,
            wins=stated is not None and stated is winner,
        )
        for level_id, name, stated in place.stated(on)
    ]
    return EffectiveCalendar(
        unit_id=unit_id,
        on=on,
        hours=_spans(place.schedule.hours_on(on)),
        day_name=differing.name if differing else None,
        week=[_spans(day) for day in week],
        sources=[*sources, STANDARD.model_copy(update={"wins": winner is None})],
    )


@router.get("/working-time")
async def measure_working_time(
    unit_id: UUID,
    caller: Member,
    registry: Access,
    *,
    start: Annotated[ServiceTime, Query(alias="from")],
    until: ServiceTime,
) -> WorkedTime:
    """How long the unit worked, by where it stands in the tree on the first day."""
    if not start <= until <= start + LONGEST:
        raise refused("until", f"must not be before from, and at most {LONGEST.days} days after it")
    async with registry.transaction(caller.tenant) as connection:
        place = await _place(connection, caller.tenant, unit_id, start)
    minutes, rest = divmod(working_time(start, until, place.schedule), MINUTE)
    return WorkedTime(minutes=minutes + (rest >= MINUTE / 2))


@router.get("/working-time/due")
async def find_due_date(
    unit_id: UUID,
    caller: Member,
    registry: Access,
    *,
    start: Annotated[ServiceTime, Query(alias="from")],
    working_days: Annotated[int, Query(ge=1, le=3660)],
) -> Due:
    """The last of so many working days after the one of `from`, which itself is not counted; by
    where the unit stands in the tree on that day."""
    async with registry.transaction(caller.tenant) as connection:
        place = await _place(connection, caller.tenant, unit_id, start)
    try:
        due = due_at(start, working_days, place.schedule)
    except NeverDueError:
        raise refused(
            "working_days",
            f"never pass: the calendar has not so many working days before {start.year + 100}",
        ) from None
    return Due(due_on=due.astimezone(place.schedule.zone).date(), due_at=due)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a unit stands on a day, the nearest level first, with what each says."""

    levels: Sequence[tuple[UUID | None, str, list[Calendar]]]
    zone: ZoneInfo

    @property
    def schedule(self) -> Schedule[Calendar]:
        return Schedule((own for _, _, own in self.levels), self.zone)

    def stated(self, on: date) -> Iterator[tuple[UUID | None, str, Calendar | None]]:
        """Of each level the calendar that it has on a day."""
        for level_id, name, own in self.levels:
            yield level_id, name, Schedule([own], self.zone).calendar_on(on)


async def _place(
    connection: Connection, tenant_id: UUID, unit_id: UUID, on: date | datetime
) -> _Place:
    unit = await units.find(connection, tenant_id, unit_id)
    tenant = await tenants.find(connection, tenant_id)
    if unit is None or tenant is None:
        raise unknown_unit()
    zone = ZoneInfo(tenant.zone)
    day = on.astimezone(zone).date() if isinstance(on, datetime) else on
    paths = await units.paths(connection, tenant_id, [unit_id], on=unit.nearest(day))
    above = paths[unit_id][::-1]
    stated = await calendars.of_levels(connection, tenant_id, [step.id for step in above])
    named = [(step.id, step.name) for step in above] + [(None, tenant.name)]
    return _Place([(*level, each) for level, each in zip(named, stated, strict=True)], zone)


def _spans(day: Hours) -> list[ClockSpan]:
    return [ClockSpan(starts=_clock(opens), ends=_clock(closes)) for opens, closes in day]


def _clock(since_midnight: timedelta) -> time:
    """What the clock shows; 24 hours after midnight it shows midnight again."""
    minutes = since_midnight // MINUTE
    return time(minutes // 60 % 24, minutes % 60)

"""`/v1/calendars`: when a tenant works, and its units where they differ."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import AfterValidator, BaseModel, Field

from services.registry.access import Access, Keeper, Member, no_tenant, refused
from services.registry.calendars import store
from services.registry.calendars.rules import (
    MOST_DAYS,
    Calendar,
    Day,
    Span,
    checked_days,
    checked_spans,
)
from services.registry.fields import Body, Clock, Text
from shared.contracts import ServiceDay
from shared.db import Connection, uuid7
from shared.http.paging import Page, Paging
from shared.http.problems import conflict, not_found
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(prefix="/v1/calendars", tags=["calendars"])

_REFUSALS = {
    "uq_calendars_tenant_id_unit_id_valid_from": partial(
        conflict,
        "calendar-date-taken",
        "Nothing was stored: another calendar of the same unit or tenant begins on this day. "
        "Change that one, or choose another day.",
    ),
    "fk_calendars_tenant_id_unit_id_units": partial(
        refused, "unit_id", "is not a unit of this tenant: leave it out for the whole tenant"
    ),
    "fk_calendars_tenant_id_tenants": no_tenant,
}


class ClockSpan(Body):
    """From `starts` to before `ends`; `ends` 00:00 is the midnight that ends the day."""

    starts: Clock
    ends: Clock


def _spans(given: tuple[ClockSpan, ...]) -> tuple[Span, ...]:
    return checked_spans(Span(each.starts, each.ends) for each in given)


def _fitting(given: tuple[ClockSpan, ...]) -> tuple[ClockSpan, ...]:
    _spans(given)
    return given


Spans = Annotated[
    tuple[ClockSpan, ...],
    Field(max_length=8, description="Hours of work in the tenant's zone; none: a day off"),
    AfterValidator(_fitting),
]


class NewHours(Body):
    """How a date differs from its weekday, and why."""

    spans: Spans = ()
    name: Text | None = None

    def on(self, day: date) -> Day:
        """As the rules have it."""
        return Day(day, _spans(self.spans), self.name)


class NewDay(NewHours):
    day: ServiceDay


def _days(given: tuple[NewDay, ...]) -> tuple[Day, ...]:
    return checked_days(each.on(each.day) for each in given)


def _different(given: tuple[NewDay, ...]) -> tuple[NewDay, ...]:
    _days(given)
    return given


class CalendarDocument(Body):
    """The whole calendar: it replaces those above it entirely, and a change replaces it entirely.
    `week` is Monday to Sunday."""

    unit_id: UUID | None = None
    valid_from: ServiceDay
    week: Annotated[tuple[Spans, ...], Field(min_length=7, max_length=7)]
    days: Annotated[
        tuple[NewDay, ...],
        Field(max_length=MOST_DAYS, description="Dates that differ from their weekday"),
        AfterValidator(_different),
    ] = ()

    def calendar(self, calendar_id: UUID, version: int = 1) -> Calendar:
        """As the rules have it."""
        week = tuple(_spans(spans) for spans in self.week)
        days = _days(self.days)
        return Calendar(calendar_id, self.valid_from, week, self.unit_id, days, version)


class ShownDay(BaseModel):
    """A date that differs from its weekday, and why; without spans it is a holiday."""

    day: date
    spans: list[ClockSpan]
    name: str | None


class ShownCalendar(BaseModel):
    """`week` is Monday to Sunday, `days` are in order."""

    id: UUID
    unit_id: UUID | None
    valid_from: date
    week: list[list[ClockSpan]]
    days: list[ShownDay]
    version: int


@router.post("", status_code=201, response_model=ShownCalendar)
async def create_calendar(
    new: CalendarDocument, caller: Keeper, registry: Access, response: Response
) -> Calendar:
    calendar = new.calendar(uuid7())
    await registry.write(
        caller,
        lambda connection: store.insert(connection, caller.tenant, calendar),
        refusals=_REFUSALS,
    )
    show_version(response, calendar.version)
    return calendar


@router.get("", response_model=Page[ShownCalendar])
async def list_calendars(
    caller: Member, registry: Access, paging: Paging, unit_id: UUID | None = None
) -> Page[Calendar]:
    (after,) = paging.after(UUID) or (None,)
    async with registry.transaction(caller.tenant) as connection:
        calendars = await store.page(
            connection, caller.tenant, after=after, limit=paging.fetch, unit_id=unit_id
        )
    return paging.page(calendars, key=lambda calendar: (calendar.id,))


@router.get("/{calendar_id}", response_model=ShownCalendar)
async def show_calendar(
    calendar_id: UUID, caller: Member, registry: Access, response: Response
) -> Calendar:
    async with registry.transaction(caller.tenant) as connection:
        calendar = await store.find(connection, caller.tenant, calendar_id)
    if calendar is None:
        raise _unknown()
    show_version(response, calendar.version)
    return calendar


@router.put("/{calendar_id}", response_model=ShownCalendar)
async def replace_calendar(
    calendar_id: UUID,
    document: CalendarDocument,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> Calendar:
    change = partial(_change, registry, caller, calendar_id, expected=expected, response=response)
    return await change(lambda held: document.calendar(calendar_id, held.version))


@router.put("/{calendar_id}/days/{day}", response_model=ShownCalendar)
async def put_day(
    calendar_id: UUID,
    day: ServiceDay,
    hours: NewHours,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> Calendar:
    """A holiday without spans, a half day with fewer, or work on a day that is off otherwise."""
    change = partial(_change, registry, caller, calendar_id, expected=expected, response=response)
    return await change(lambda held: held.with_day(hours.on(day)))


@router.delete("/{calendar_id}/days/{day}", response_model=ShownCalendar)
async def delete_day(
    calendar_id: UUID,
    day: ServiceDay,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> Calendar:
    """The date is like any of its weekday again, as it may have been before."""
    change = partial(_change, registry, caller, calendar_id, expected=expected, response=response)
    return await change(lambda held: held.without_day(day))


@router.delete("/{calendar_id}", status_code=204)
async def delete_calendar(
    calendar_id: UUID, caller: Keeper, registry: Access, expected: Expected
) -> None:
    async def work(connection: Connection) -> None:
        calendar = await store.find(connection, caller.tenant, calendar_id, lock=True)
        if calendar is None:
            raise _unknown()
        check_version(calendar.version, expected)
        await store.delete(connection, caller.tenant, calendar)

    await registry.write(caller, work)


_unknown = partial(
    not_found, "This tenant has no calendar with this id: list them at /v1/calendars."
)


async def _change(
    registry: Access,
    caller: Keeper,
    calendar_id: UUID,
    changed: Callable[[Calendar], Calendar],
    *,
    expected: Expected,
    response: Response,
) -> Calendar:
    async def work(connection: Connection) -> Calendar:
        calendar = await store.find(connection, caller.tenant, calendar_id, lock=True)
        if calendar is None:
            raise _unknown()
        check_version(calendar.version, expected)
        after = changed(calendar)
        if after == calendar:
            return calendar
        if len(after.days) > MOST_DAYS:
            raise conflict(
                "calendar-full",
                f"Nothing was stored: a calendar holds {MOST_DAYS} days that differ. Begin another "
                "one from the first day of the year on.",
            )
        return await store.update(connection, caller.tenant, after)

    calendar = await registry.write(caller, work, refusals=_REFUSALS)
    show_version(response, calendar.version)
    return calendar

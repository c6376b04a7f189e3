"""`/v1/counters/{id}/rosters`: who serves at a counter when."""

from dataclasses import replace
from datetime import date, time, timedelta
from functools import partial
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator, Field

from services.registry.access import Access, Keeper, Member, keeps, refused
from services.registry.counters import store
from services.registry.counters.api import locked, unknown_counter
from services.registry.counters.rules import Roster, Shift, fault
from services.registry.fields import Body
from shared.db import Connection, uuid7
from shared.http.problems import conflict
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(prefix="/v1/counters/{counter_id}/rosters", tags=["counters"])

_MOST_DAYS: Final = 366
_REFUSALS = {
    "fk_shifts_tenant_id_person_id_people": partial(
        refused, "shifts", "name somebody who is not registered in this tenant: see /v1/people"
    ),
    "ex_shifts_one_place": partial(
        conflict,
        "serves-elsewhere",
        "Nothing was stored: somebody serves at another counter at the same time. Change that "
        "roster first, or let the shift start later.",
    ),
}


def _local(moment: time) -> time:
    if moment.tzinfo is not None:
        raise ValueError("must have no offset: it is the time of the tenant's zone")
    return moment


LocalTime = Annotated[time, AfterValidator(_local), Field(description="Such as 08:00")]


class NewShift(Body):
    """From `starts` to before `ends`, in the tenant's zone."""

    person_id: UUID
    starts: LocalTime
    ends: LocalTime


class RosterDocument(Body):
    """All shifts of the day; shifts of several people may overlap."""

    shifts: Annotated[tuple[NewShift, ...], Field(max_length=100)]


@router.get("")
async def list_rosters(
    counter_id: UUID,
    caller: Member,
    registry: Access,
    since: Annotated[date, Query(alias="from")],
    until: Annotated[date, Query(description="The first day no more")],
) -> list[Roster]:
    """The days that have a roster; whoever does not keep people's data sees only own shifts."""
    if not since < until or until - since > timedelta(days=_MOST_DAYS):
        raise refused("until", f"must be after from, by at most {_MOST_DAYS} days")
    async with registry.transaction(caller.tenant) as connection:
        if await store.find(connection, caller.tenant, counter_id) is None:
            raise unknown_counter()
        found = await store.rosters(connection, caller.tenant, counter_id, since=since, until=until)
    if keeps(caller):
        return found
    return [roster.of(caller.person_id) for roster in found]


@router.put("/{day}")
async def replace_roster(
    counter_id: UUID,
    day: date,
    document: RosterDocument,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> Roster:
    """The whole roster of a day. In the past it changes for whom answers count."""
    shifts = tuple(sorted(Shift(s.starts, s.ends, s.person_id) for s in document.shifts))
    if wrong := fault(shifts):
        raise refused("shifts", wrong)

    async def work(connection: Connection) -> Roster:
        await locked(connection, caller.tenant, counter_id)
        roster = await store.roster_of(connection, caller.tenant, counter_id, day)
        if roster is None:
            roster = Roster(uuid7(), counter_id, day, shifts)
        elif roster.shifts != shifts:
            check_version(roster.version, expected)
            roster = replace(roster, shifts=shifts, version=roster.version + 1)
        else:
            check_version(roster.version, expected)
            return roster
        await store.write_roster(connection, caller.tenant, roster)
        return roster

    roster = await registry.write(caller, work, refusals=_REFUSALS)
    show_version(response, roster.version)
    return roster

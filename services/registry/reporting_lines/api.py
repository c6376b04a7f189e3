"""`/v1/people/{id}/reporting-lines`, `/assessor` and `/v1/me/team`: who assesses whom."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query, Response

from services.registry.access import Access, Keeper, Member, refused
from services.registry.fields import Body
from services.registry.locks import lock_all
from services.registry.people import store as people
from services.registry.people.api import check_may_see, unknown_person
from services.registry.reporting_lines import store
from services.registry.reporting_lines.rules import Line, LineRefused, change, circle
from services.registry.reporting_lines.store import Member as TeamMember
from services.registry.tenants import store as tenants
from shared.db import Connection, uuid7
from shared.http.problems import conflict, not_found
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(tags=["reporting lines"])

_PERSON = "/v1/people/{person_id}"
_REFUSALS = {
    "fk_reporting_lines_tenant_id_person_id_people": unknown_person,
    "fk_reporting_lines_tenant_id_assessor_id_people": partial(
        refused, "assessor_id", "is not a person of this tenant: send the id of an existing one"
    ),
    "fk_reporting_lines_tenant_id_reviewer_id_people": partial(
        refused, "reviewer_id", "is not a person of this tenant: send the id of an existing one"
    ),
    "ck_reporting_lines_dates": partial(
        refused, "valid_until", "must be after valid_from: it is the first day no more"
    ),
    "ck_reporting_lines_assessor": partial(
        refused, "assessor_id", "is the person themselves: somebody else assesses"
    ),
    "ck_reporting_lines_reviewer": partial(
        refused,
        "reviewer_id",
        "must be neither the person nor the assessor: who decides about "
        "an objection is somebody else",
    ),
}

OnDay = Annotated[date | None, Query(description="Default: today in the tenant's zone")]


class NewLine(Body):
    """`valid_until` is the first day no more; without it the line goes on. Objections go to the
    reviewer."""

    assessor_id: UUID
    reviewer_id: UUID | None = None
    valid_from: date
    valid_until: date | None = None


class LineChange(Body):
    """A correction. Somebody who gets another assessor from a day on is changed by date."""

    assessor_id: UUID = UUID(int=0)
    reviewer_id: UUID | None = None
    valid_from: date = date.min
    valid_until: date | None = None


class AssessorChange(Body):
    """`on` is the first day of the new assessor; it may be in the past."""

    assessor_id: UUID
    reviewer_id: UUID | None = None
    on: date


@dataclass(frozen=True, slots=True)
class Changed:
    """Both halves of a change by date, as stored."""

    ended: Line
    started: Line


@dataclass(frozen=True, slots=True)
class Superior:
    """Somebody above, with the name by which the team knows them."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Superiors:
    """Who assesses a person on `day`, and who reviews that."""

    day: date
    line_id: UUID
    assessor: Superior
    reviewer: Superior | None


@dataclass(frozen=True, slots=True)
class Team:
    """Those whom the caller assesses on `day`, and those whose assessment the caller reviews."""

    day: date
    assessed: list[TeamMember]
    reviewed: list[TeamMember]


@router.get(_PERSON + "/reporting-lines")
async def list_reporting_lines(person_id: UUID, caller: Member, registry: Access) -> list[Line]:
    """All by which a person is assessed, oldest first."""
    check_may_see(caller, person_id)
    async with registry.transaction(caller.tenant) as connection:
        if await people.find(connection, caller.tenant, person_id) is None:
            raise unknown_person()
        return await store.of_people(connection, caller.tenant, [person_id])


@router.post(_PERSON + "/reporting-lines", status_code=201)
async def create_reporting_line(
    person_id: UUID, new: NewLine, *, caller: Keeper, registry: Access, response: Response
) -> Line:
    line = Line(
        uuid7(), person_id, new.assessor_id, new.valid_from, new.valid_until, new.reviewer_id
    )

    async def work(connection: Connection) -> None:
        await _lock(connection, caller.tenant, person_id)
        async with _explaining_overlap(connection, caller.tenant, line):
            await store.insert(connection, caller.tenant, [line])
        await _check_circle(connection, caller.tenant, line)

    await registry.write(caller, work, refusals=_REFUSALS)
    show_version(response, line.version)
    return line


@router.post(_PERSON + "/reporting-lines/changes", status_code=201)
async def change_assessor(
    person_id: UUID, wanted: AssessorChange, caller: Keeper, registry: Access
) -> Changed:
    """End the line that holds on that day and begin the new one, together."""

    async def work(connection: Connection) -> Changed:
        await _lock(connection, caller.tenant, person_id)
        existing = await store.of_people(connection, caller.tenant, [person_id])
        try:
            ended, started = change(
                existing,
                wanted.assessor_id,
                on=wanted.on,
                new_id=uuid7(),
                reviewer_id=wanted.reviewer_id,
            )
        except LineRefused as refusal:
            raise conflict(refusal.slug, str(refusal)) from None
        (ended,) = await store.update(connection, caller.tenant, [ended])
        await store.insert(connection, caller.tenant, [started])
        await _check_circle(connection, caller.tenant, started)
        return Changed(ended=ended, started=started)

    return await registry.write(caller, work, refusals=_REFUSALS)


@router.patch(_PERSON + "/reporting-lines/{line_id}")
async def correct_reporting_line(
    person_id: UUID,
    line_id: UUID,
    *,
    correction: LineChange,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> Line:
    """Fields that are left out stay; `valid_until` null reopens it."""

    async def work(connection: Connection) -> Line:
        line = await _locked(connection, caller.tenant, person_id, line_id=line_id)
        check_version(line.version, expected)
        wanted = replace(line, **correction.given())
        if wanted == line:
            return line
        async with _explaining_overlap(connection, caller.tenant, wanted):
            (stored,) = await store.update(connection, caller.tenant, [wanted])
        await _check_circle(connection, caller.tenant, stored)
        return stored

    line = await registry.write(caller, work, refusals=_REFUSALS)
    show_version(response, line.version)
    return line


@router.delete(_PERSON + "/reporting-lines/{line_id}", status_code=204)
async def delete_reporting_line(
    person_id: UUID, line_id: UUID, *, caller: Keeper, registry: Access, expected: Expected
) -> None:
    """For entries made by mistake; a line that is over gets a `valid_until`."""

    async def work(connection: Connection) -> None:
        line = await _locked(connection, caller.tenant, person_id, line_id=line_id)
        check_version(line.version, expected)
        await store.delete(connection, caller.tenant, line)

    await registry.write(caller, work)


@router.get(_PERSON + "/assessor")
async def show_assessor(
    person_id: UUID, caller: Member, registry: Access, on: OnDay = None
) -> Superiors:
    """For the person, those above, and keepers."""
    async with registry.transaction(caller.tenant) as connection:
        day = on or await tenants.today(connection, caller.tenant)
        line = await store.of_day(connection, caller.tenant, person_id, day)
        if line is None or caller.person_id not in line.superiors():
            check_may_see(caller, person_id)
        if line is None:
            if await people.find(connection, caller.tenant, person_id) is None:
                raise unknown_person()
            raise not_found(f"Nobody assesses this person on {day}: add a reporting line.")
        names = await people.names(connection, caller.tenant, line.superiors())
    assessor, *rest = (Superior(one, names[one]) for one in line.superiors())
    return Superiors(day, line.id, assessor, rest[0] if rest else None)


@router.get("/v1/me/team")
async def show_team(caller: Member, registry: Access, on: OnDay = None) -> Team:
    """Whom the reporting lines put below the caller on a day, by name."""
    async with registry.transaction(caller.tenant) as connection:
        day = on or await tenants.today(connection, caller.tenant)
        if caller.person_id is None:
            raise not_found(
                "Your login is linked to no person: ask a personnel officer to link it."
            )
        members = await store.team(connection, caller.tenant, caller.person_id, day)
    return Team(
        day,
        [member for member in members if member.assessor_id == caller.person_id],
        [member for member in members if member.assessor_id != caller.person_id],
    )


async def _lock(connection: Connection, tenant_id: UUID, person_id: UUID) -> None:
    """A circle is closed by lines of different people: all of the tenant stand still."""
    await lock_all(connection, tenant_id, "reporting_lines")
    if await people.find(connection, tenant_id, person_id) is None:
        raise unknown_person()


async def _locked(
    connection: Connection, tenant_id: UUID, person_id: UUID, *, line_id: UUID
) -> Line:
    await _lock(connection, tenant_id, person_id)
    found = await store.find(connection, tenant_id, line_id)
    if found is None or found.person_id != person_id:
        raise not_found("This person has no reporting line with this id: list them first.")
    return found


async def _check_circle(connection: Connection, tenant_id: UUID, line: Line) -> None:
    """After it was stored: the lines above hold what was stored with it."""
    others = await store.above(connection, tenant_id, line.superiors())
    if (day := circle(line, others)) is not None:
        raise conflict(
            "above-themselves",
            f"Nothing was stored: on {day} the person would stand above themselves, because the "
            "assessor or reviewer is assessed below them. Choose somebody else, or other dates.",
        )


@asynccontextmanager
async def _explaining_overlap(
    connection: Connection, tenant_id: UUID, wanted: Line
) -> AsyncIterator[None]:
    """The database refuses overlaps, whoever writes; this only finds the words for it."""
    try:
        async with connection.transaction():
            yield
    except asyncpg.ExclusionViolationError:
        dates = "; ".join(
            f"from {other.valid_from} "
            + (f"until {other.valid_until}" if other.valid_until else "on")
            for other in await store.of_people(connection, tenant_id, [wanted.person_id])
            if other.id != wanted.id and other.overlaps(wanted)
        )
        raise conflict(
            "line-overlaps",
            f"Nothing was stored: somebody else assesses the person {dates}. Choose other dates, "
            "end that line first, or post a change, which does both.",
        ) from None

"""`/v1/people/{id}/reporting-lines`, `/assessor` and `/v1/me/team`: who assesses whom on a day."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from fastapi import APIRouter

from services.registry.access import Access, Member
from services.registry.fields import OnDay
from services.registry.people import store as people
from services.registry.people.api import check_may_see, unknown_person
from services.registry.reporting_lines import store
from services.registry.reporting_lines.rules import Line
from services.registry.reporting_lines.store import TeamMember
from services.registry.tenants import store as tenants
from shared.http.problems import not_found

router = APIRouter(tags=["reporting lines"])

_PERSON = "/v1/people/{person_id}"


@dataclass(frozen=True, slots=True)
class Superior:
    """Somebody above, with the name by which the team knows them."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Superiors:
    """Who assesses a person on `day`, and who reviews that: whom the line names, or else the
    assessor's own assessor."""

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

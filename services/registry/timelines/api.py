"""`/v1/people/{id}/timeline`: a person over time; `/v1/staff`: who works where on a day."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.registry.access import Access, Keeper, Member
from services.registry.leaves import store as leaves
from services.registry.leaves.rules import Leave
from services.registry.people import store as people
from services.registry.people.api import check_may_see, unknown_person
from services.registry.people.rules import Person
from services.registry.tenants import store as tenants
from services.registry.timelines import store
from services.registry.timelines.store import Assessed, Held, Seat
from shared.contracts import Duty
from shared.http.paging import Page, Paging

router = APIRouter(tags=["people"])


@dataclass(frozen=True, slots=True)
class Timeline:
    """All that is dated of a person, each the oldest first; `day` is today."""

    day: date
    person: Person
    assignments: list[Held]
    leaves: list[Leave]
    reporting_lines: list[Assessed]


@router.get("/v1/people/{person_id}/timeline")
async def show_timeline(person_id: UUID, caller: Member, registry: Access) -> Timeline:
    """For the person and for personnel officers."""
    check_may_see(caller, person_id)
    async with registry.transaction(caller.tenant) as connection:
        person = await people.find(connection, caller.tenant, person_id)
        if person is None:
            raise unknown_person()
        day = await tenants.today(connection, caller.tenant)
        return Timeline(
            day,
            person,
            await store.assignments(connection, caller.tenant, person_id, today=day),
            await leaves.of_people(connection, caller.tenant, [person_id]),
            await store.lines(connection, caller.tenant, person_id),
        )


@router.get("/v1/staff")
async def list_staff(
    *,
    caller: Keeper,
    registry: Access,
    paging: Paging,
    on: Annotated[date | None, Query(description="Without it today in the tenant's zone")] = None,
    unit_id: UUID | None = None,
    post_id: UUID | None = None,
    duty: Duty | None = None,
) -> Page[Seat]:
    """Assignments that hold on a day, with names. Somebody with two of them is there twice."""
    (after,) = paging.after(UUID) or (None,)
    async with registry.transaction(caller.tenant) as connection:
        seats = await store.staff(
            connection,
            caller.tenant,
            on=on or await tenants.today(connection, caller.tenant),
            after=after,
            limit=paging.fetch,
            unit_id=unit_id,
            post_id=post_id,
            duty=duty,
        )
    return paging.page(seats, key=lambda seat: (seat.assignment_id,))

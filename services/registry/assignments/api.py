"""`/v1/people/{id}/assignments` and `/transfers`: who works where from when to when."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Response
from pydantic import AfterValidator, Field

from services.registry.access import Access, Keeper, Member, refused
from services.registry.assignments import store
from services.registry.assignments.rules import (
    DEFINITIVE,
    Assignment,
    TransferRefused,
    in_order,
    transfer,
)
from services.registry.fields import Body
from services.registry.people import store as people
from services.registry.people.api import check_may_see, unknown_person
from shared.contracts import AssignmentKind, Duty
from shared.db import Connection, uuid7
from shared.http.problems import conflict, not_found
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(prefix="/v1/people/{person_id}", tags=["assignments"])

_REFUSALS = {
    "fk_assignments_tenant_id_unit_id_units": partial(
        refused, "unit_id", "is not a unit of this tenant: send the id of an existing unit"
    ),
    "fk_assignments_tenant_id_post_id_unit_id_posts": partial(
        refused, "post_id", "is not a post of this unit: list its posts at /v1/posts?unit_id="
    ),
    "ck_assignments_acting_as": partial(
        refused, "acting_as", "is said of acting assignments only: leave it out, or choose acting"
    ),
    "ck_assignments_dates": partial(
        refused, "valid_until", "must be after valid_from: it is the first day no more"
    ),
}


Duties = Annotated[
    tuple[Duty, ...],
    AfterValidator(in_order),
    Field(max_length=len(Duty), description="What the person answers for in the unit"),
]

ActingAs = Literal["plt", "plh"]


class NewAssignment(Body):
    """`valid_until` is the first day no more; without it the assignment goes on. `acting_as` may be
    said of acting ones: `plt` where nobody holds the post, `plh` while its holder is away."""

    unit_id: UUID
    kind: AssignmentKind = AssignmentKind.DEFINITIVE
    valid_from: date
    valid_until: date | None = None
    duties: Duties = ()
    post_id: UUID | None = None
    acting_as: ActingAs | None = None


class AssignmentChange(Body):
    """A correction. Somebody who moves is transferred instead."""

    unit_id: UUID = UUID(int=0)
    valid_from: date = date.min
    valid_until: date | None = None
    duties: Duties = ()
    post_id: UUID | None = None
    acting_as: ActingAs | None = None


class Transfer(Body):
    """`on` is the first day in the new unit; it may be in the past. Without `duties` the person
    keeps the ones held, except `head`. `post_id` is a post of the new unit."""

    unit_id: UUID
    on: date
    duties: Duties | None = None
    post_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Transferred:
    """Both halves of a transfer, as stored."""

    ended: Assignment
    started: Assignment


@router.get("/assignments")
async def list_assignments(person_id: UUID, caller: Member, registry: Access) -> list[Assignment]:
    """All of a person, oldest first."""
    check_may_see(caller, person_id)
    async with registry.transaction(caller.tenant) as connection:
        if await people.find(connection, caller.tenant, person_id) is None:
            raise unknown_person()
        return await store.of_people(connection, caller.tenant, [person_id])


@router.post("/assignments", status_code=201)
async def create_assignment(
    person_id: UUID, new: NewAssignment, *, caller: Keeper, registry: Access, response: Response
) -> Assignment:
    assignment = Assignment(
        uuid7(),
        person_id,
        new.unit_id,
        new.kind,
        new.valid_from,
        new.valid_until,
        new.duties,
        post_id=new.post_id,
        acting_as=new.acting_as,
    )

    async def work(connection: Connection) -> None:
        await _lock_person(connection, caller.tenant, person_id)
        async with _explaining_overlap(connection, caller.tenant, assignment):
            await store.insert(connection, caller.tenant, [assignment])

    await registry.write(caller, work, refusals=_REFUSALS)
    show_version(response, assignment.version)
    return assignment


@router.patch("/assignments/{assignment_id}")
async def change_assignment(
    person_id: UUID,
    assignment_id: UUID,
    *,
    change: AssignmentChange,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> Assignment:
    """Fields that are left out stay; `valid_until` null reopens it."""

    async def work(connection: Connection) -> Assignment:
        assignment = await _locked(
            connection, caller.tenant, person_id, assignment_id=assignment_id
        )
        check_version(assignment.version, expected)
        wanted = replace(assignment, **change.given())
        if wanted == assignment:
            return assignment
        async with _explaining_overlap(connection, caller.tenant, wanted):
            (stored,) = await store.update(connection, caller.tenant, [wanted])
        return stored

    assignment = await registry.write(caller, work, refusals=_REFUSALS)
    show_version(response, assignment.version)
    return assignment


@router.delete("/assignments/{assignment_id}", status_code=204)
async def delete_assignment(
    person_id: UUID,
    assignment_id: UUID,
    *,
    caller: Keeper,
    registry: Access,
    expected: Expected,
) -> None:
    """For entries made by mistake; an assignment that is over gets a `valid_until`."""

    async def work(connection: Connection) -> None:
        assignment = await _locked(
            connection, caller.tenant, person_id, assignment_id=assignment_id
        )
        check_version(assignment.version, expected)
        await store.delete(connection, caller.tenant, assignment)

    await registry.write(caller, work)


@router.post("/transfers", status_code=201)
async def transfer_person(
    person_id: UUID, move: Transfer, caller: Keeper, registry: Access
) -> Transferred:
    """End the definitive assignment that holds on that day and begin the new one, together."""

    async def work(connection: Connection) -> Transferred:
        await _lock_person(connection, caller.tenant, person_id)
        existing = await store.of_people(connection, caller.tenant, [person_id])
        try:
            ended, started = transfer(
                existing,
                move.unit_id,
                on=move.on,
                new_id=uuid7(),
                duties=move.duties,
                post_id=move.post_id,
            )
        except TransferRefused as refusal:
            raise conflict(refusal.slug, str(refusal)) from None
        (ended,) = await store.update(connection, caller.tenant, [ended])
        await store.insert(connection, caller.tenant, [started])
        return Transferred(ended=ended, started=started)

    return await registry.write(caller, work, refusals=_REFUSALS)


async def _lock_person(connection: Connection, tenant_id: UUID, person_id: UUID) -> None:
    if await people.find(connection, tenant_id, person_id, lock=True) is None:
        raise unknown_person()


async def _locked(
    connection: Connection, tenant_id: UUID, person_id: UUID, *, assignment_id: UUID
) -> Assignment:
    await _lock_person(connection, tenant_id, person_id)
    found = await store.find(connection, tenant_id, person_id, assignment_id=assignment_id)
    if found is None:
        raise not_found("This person has no assignment with this id: list them first.")
    return found


@asynccontextmanager
async def _explaining_overlap(
    connection: Connection, tenant_id: UUID, wanted: Assignment
) -> AsyncIterator[None]:
    """The database refuses overlaps, whoever writes; this only finds the words for it."""
    try:
        async with connection.transaction():
            yield
    except asyncpg.ExclusionViolationError:
        others = [
            other
            for other in await store.of_people(connection, tenant_id, [wanted.person_id])
            if other.kind == DEFINITIVE and other.id != wanted.id and other.overlaps(wanted)
        ]
        dates = "; ".join(
            f"from {other.valid_from} "
            + (f"until {other.valid_until}" if other.valid_until else "on")
            for other in others
        )
        raise conflict(
            "assignment-overlaps",
            f"Nothing was stored: the person has another definitive assignment {dates}. Choose "
            "other dates, end that one first, or post a transfer, which does both.",
        ) from None

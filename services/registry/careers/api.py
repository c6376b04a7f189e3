"""`/v1/people/{id}/assignments` and `/transfers`: who works where from when to when."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator, Field

from services.registry.access import Access, Keeper, Member
from services.registry.assignments import store
from services.registry.assignments.rules import Assignment, TransferRefused, in_order, transfer
from services.registry.careers.changes import Touched, change, explaining_overlap
from services.registry.careers.rules import Consequence
from services.registry.fields import Body
from services.registry.people import store as people
from services.registry.people.api import check_may_see, unknown_person
from services.registry.trying import DryRun, dry_run_of
from shared.contracts import AssignmentKind, Duty
from shared.db import Connection, uuid7
from shared.http.problems import conflict, not_found
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(prefix="/v1/people/{person_id}", tags=["assignments"])

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored(Assignment):
    """An assignment as stored, or as a dry run would store it. `months` (`2026-03`) are those of
    the past in which what was counted for the person changes, `effects` what else is touched."""

    months: list[str]
    effects: list[Consequence]


@dataclass(frozen=True, slots=True)
class Transferred:
    """Both halves of a transfer, as stored or as a dry run would store them, with `months` and
    `effects` like those of an assignment."""

    ended: Assignment
    started: Assignment
    months: list[str]
    effects: list[Consequence]


@router.get("/assignments")
async def list_assignments(
    person_id: UUID,
    caller: Member,
    registry: Access,
    on: Annotated[date | None, Query(description="Only those that hold on this day")] = None,
) -> list[Assignment]:
    """All of a person, oldest first."""
    check_may_see(caller, person_id)
    async with registry.transaction(caller.tenant) as connection:
        if await people.find(connection, caller.tenant, person_id) is None:
            raise unknown_person()
        held = await store.of_people(connection, caller.tenant, [person_id])
    return [each for each in held if on is None or each.holds_on(on)]


@router.post("/assignments", status_code=201, responses=dry_run_of(Stored))
async def create_assignment(
    person_id: UUID,
    new: NewAssignment,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    dry_run: DryRun = False,
) -> Stored:
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

    async def work(connection: Connection, _: list[Assignment]) -> Assignment:
        async with explaining_overlap(connection, caller.tenant, assignment):
            await store.insert(connection, caller.tenant, [assignment])
        return assignment

    touched = await change(registry, caller, person_id, work, dry_run=dry_run)
    if dry_run:
        response.status_code = 200
    show_version(response, assignment.version)
    return _stored(touched)


@router.patch("/assignments/{assignment_id}")
async def change_assignment(
    person_id: UUID,
    assignment_id: UUID,
    *,
    correction: AssignmentChange,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
    dry_run: DryRun = False,
) -> Stored:
    """Fields that are left out stay; `valid_until` null reopens it."""

    async def work(connection: Connection, existing: list[Assignment]) -> Assignment:
        assignment = _one_of(existing, assignment_id)
        check_version(assignment.version, expected)
        wanted = replace(assignment, **correction.given())
        if wanted == assignment:
            return assignment
        async with explaining_overlap(connection, caller.tenant, wanted):
            (stored,) = await store.update(connection, caller.tenant, [wanted])
        return stored

    touched = await change(registry, caller, person_id, work, dry_run=dry_run)
    show_version(response, touched.stored.version)
    return _stored(touched)


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

    async def work(connection: Connection, existing: list[Assignment]) -> None:
        assignment = _one_of(existing, assignment_id)
        check_version(assignment.version, expected)
        await store.delete(connection, caller.tenant, assignment)

    await change(registry, caller, person_id, work, dry_run=False)


@router.post("/transfers", status_code=201, responses=dry_run_of(Transferred))
async def transfer_person(
    person_id: UUID,
    move: Transfer,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
    dry_run: DryRun = False,
) -> Transferred:
    """End the definitive assignment that holds on that day and begin the new one, together.
    If-Match takes the version of the one that ends."""

    async def work(
        connection: Connection, existing: list[Assignment]
    ) -> tuple[Assignment, Assignment]:
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
        check_version(ended.version, expected)
        (ended,) = await store.update(connection, caller.tenant, [ended])
        await store.insert(connection, caller.tenant, [started])
        return ended, started

    touched = await change(registry, caller, person_id, work, dry_run=dry_run)
    if dry_run:
        response.status_code = 200
    ended, started = touched.stored
    return Transferred(ended, started, touched.months, touched.effects)


def _one_of(existing: Iterable[Assignment], assignment_id: UUID) -> Assignment:
    for assignment in existing:
        if assignment.id == assignment_id:
            return assignment
    raise not_found("This person has no assignment with this id: list them first.")


def _stored(touched: Touched[Assignment]) -> Stored:
    return Stored(**asdict(touched.stored), months=touched.months, effects=touched.effects)

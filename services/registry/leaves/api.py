"""`/v1/people/{id}/leaves`: for personnel officers, and for each person their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query, Response

from services.registry.access import Access, Keeper, Member, refused
from services.registry.fields import Body
from services.registry.leaves import store
from services.registry.leaves.rules import Leave
from services.registry.people import store as people
from services.registry.people.api import check_may_see, unknown_person
from shared.db import Connection, uuid7
from shared.http.problems import conflict, not_found
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(prefix="/v1/people/{person_id}/leaves", tags=["leaves"])

Kind = Literal[
    "annual",
    "sick",
    "maternity",
    "important",
    "big",
    "study",
    "unpaid",
    "pre_retirement",
    "suspended",
]
_REFUSALS = {
    "fk_leaves_tenant_id_person_id_people": unknown_person,
    "ck_leaves_dates": partial(
        refused, "valid_until", "must be after valid_from: it is the first day back"
    ),
}


class NewLeave(Body):
    """`valid_until` is the first day back; without it the leave goes on."""

    kind: Kind
    valid_from: date
    valid_until: date | None = None


class LeaveChange(Body):
    kind: Kind = "annual"
    valid_from: date = date.min
    valid_until: date | None = None


@router.get("")
async def list_leaves(
    person_id: UUID,
    caller: Member,
    registry: Access,
    on: Annotated[date | None, Query(description="Only the one of this day")] = None,
) -> list[Leave]:
    """All of a person, oldest first."""
    check_may_see(caller, person_id)
    async with registry.transaction(caller.tenant) as connection:
        if await people.find(connection, caller.tenant, person_id) is None:
            raise unknown_person()
        leaves = await store.of_people(connection, caller.tenant, [person_id])
    return [leave for leave in leaves if on is None or leave.holds_on(on)]


@router.post("", status_code=201)
async def create_leave(
    person_id: UUID, new: NewLeave, *, caller: Keeper, registry: Access, response: Response
) -> Leave:
    leave = Leave(uuid7(), person_id, new.kind, new.valid_from, new.valid_until)

    async def work(connection: Connection) -> None:
        async with _explaining_overlap(connection, caller.tenant, leave):
            await store.insert(connection, caller.tenant, [leave])

    await registry.write(caller, work, refusals=_REFUSALS)
    show_version(response, leave.version)
    return leave


@router.patch("/{leave_id}")
async def change_leave(
    person_id: UUID,
    leave_id: UUID,
    *,
    change: LeaveChange,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> Leave:
    """Fields that are left out stay; `valid_until` null reopens it."""

    async def work(connection: Connection) -> Leave:
        leave = await _locked(connection, caller.tenant, person_id, leave_id=leave_id)
        check_version(leave.version, expected)
        wanted = replace(leave, **change.given())
        if wanted == leave:
            return leave
        async with _explaining_overlap(connection, caller.tenant, wanted):
            (stored,) = await store.update(connection, caller.tenant, [wanted])
        return stored

    leave = await registry.write(caller, work, refusals=_REFUSALS)
    show_version(response, leave.version)
    return leave


@router.delete("/{leave_id}", status_code=204)
async def delete_leave(
    person_id: UUID, leave_id: UUID, *, caller: Keeper, registry: Access, expected: Expected
) -> None:
    """For leave that was not taken after all; leave that is over gets a `valid_until`."""

    async def work(connection: Connection) -> None:
        leave = await _locked(connection, caller.tenant, person_id, leave_id=leave_id)
        check_version(leave.version, expected)
        await store.delete(connection, caller.tenant, leave)

    await registry.write(caller, work)


async def _locked(
    connection: Connection, tenant_id: UUID, person_id: UUID, *, leave_id: UUID
) -> Leave:
    leave = await store.find(connection, tenant_id, leave_id, lock=True)
    if leave is None or leave.person_id != person_id:
        raise not_found("This person has no leave with this id: list them first.")
    return leave


@asynccontextmanager
async def _explaining_overlap(
    connection: Connection, tenant_id: UUID, wanted: Leave
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
            "leave-overlaps",
            f"Nothing was stored: the person is on leave {dates} already. Choose other dates, or "
            "change that leave first.",
        ) from None

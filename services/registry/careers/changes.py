"""A change of a person's assignments, told with what it touches."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final, Generic, TypeVar
from uuid import UUID

import asyncpg

from services.registry.access import Registry, refused
from services.registry.assignments import store
from services.registry.assignments.rules import DEFINITIVE, Assignment
from services.registry.careers.effects import of_assignments
from services.registry.careers.rules import Consequence, changed, held, months
from services.registry.people import store as people
from services.registry.people.api import unknown_person
from services.registry.tenants import store as tenants
from services.registry.trying import written
from services.registry.units import store as units
from shared.contracts.service_time import FIRST_DAY
from shared.db import Connection
from shared.http.auth import Principal
from shared.http.problems import conflict

T = TypeVar("T")

_REFUSALS: Final = {
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


@dataclass(frozen=True, slots=True)
class Touched(Generic[T]):
    """What was stored, or would be; the months (`2026-03`) of the past in which what was counted
    for the person changes, and what else is touched."""

    stored: T
    months: list[str]
    effects: list[Consequence]


async def change(
    registry: Registry,
    caller: Principal,
    person_id: UUID,
    work: Callable[[Connection, list[Assignment]], Awaitable[T]],
    *,
    dry_run: bool,
) -> Touched[T]:
    """Run `work` on the assignments of a person, whom nobody else changes meanwhile."""

    async def told(connection: Connection) -> Touched[T]:
        if await people.find(connection, caller.tenant, person_id, lock=True) is None:
            raise unknown_person()
        before = await store.of_people(connection, caller.tenant, [person_id])
        stored = await work(connection, before)
        after = await store.of_people(connection, caller.tenant, [person_id])
        for assignment in sorted(set(after) - set(before), key=lambda each: each.unit_id):
            await _check_unit_is_there(connection, caller.tenant, assignment)
        spans = changed(before, after, what=held)
        today = await tenants.today(connection, caller.tenant)
        return Touched(
            stored,
            months(spans, since=FIRST_DAY, today=today),
            await of_assignments(connection, caller.tenant, person_id, spans=spans, today=today),
        )

    return await written(registry, caller, told, refusals=_REFUSALS, dry_run=dry_run)


async def _check_unit_is_there(
    connection: Connection, tenant_id: UUID, assignment: Assignment
) -> None:
    """The lock keeps the unit from ending meanwhile: its merge would miss this assignment."""
    unit = await units.find(connection, tenant_id, assignment.unit_id, lock=True)
    assert unit is not None
    end = unit.ended_on
    if assignment.valid_from < unit.begins_on or (
        end is not None and (assignment.valid_until is None or assignment.valid_until > end)
    ):
        dates = f"from {unit.begins_on}" + (f" to before {end}" if end is not None else "")
        raise conflict(
            "unit-not-there",
            f"Nothing was stored: the unit is there {dates}, and nobody works in it before or "
            "after. Choose other dates, or the unit that goes on with its work.",
        )


@asynccontextmanager
async def explaining_overlap(
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

"""`/v1/units/{id}/indicators` and `/v1/people/{id}/indicators`: what is measured on a day."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter

from services.registry.access import Access, Member, keeps
from services.registry.assignments import store as assignments
from services.registry.fields import OnDay
from services.registry.indicators import store
from services.registry.indicators.rules import Held, Indicator, applying
from services.registry.people import store as people
from services.registry.people.api import check_may_see, unknown_person
from services.registry.posts import store as posts
from services.registry.reporting_lines import store as reporting_lines
from services.registry.tenants.store import today
from services.registry.units import store as units
from shared.db import Connection
from shared.http.auth import Principal
from shared.http.problems import not_found

router = APIRouter(tags=["indicators"])


@router.get("/v1/units/{unit_id}/indicators")
async def list_of_unit(
    unit_id: UUID, caller: Member, registry: Access, on: OnDay = None
) -> list[Indicator]:
    """What is measured of the unit or of somebody in it on a day, by name. Indicators of
    single persons are shown to themselves and to those who keep people's data."""
    async with registry.transaction(caller.tenant) as connection:
        day = on or await today(connection, caller.tenant)
        path = (await units.paths(connection, caller.tenant, [unit_id], on=day))[unit_id]
        if not path:
            raise not_found("There is no such unit on this day: list them at /v1/units?on=DATE.")
        found = await store.standing_on(
            connection, caller.tenant, [step.id for step in path], on=day
        )
    return [indicator for indicator in found if _may_see(caller, indicator)]


@router.get("/v1/people/{person_id}/indicators")
async def list_of_person(
    person_id: UUID, caller: Member, registry: Access, on: OnDay = None
) -> list[Indicator]:
    """What is measured of a person on a day, in all units the person is assigned to then; for the
    person, those above on that day, and keepers."""
    async with registry.transaction(caller.tenant) as connection:
        day = on or await today(connection, caller.tenant)
        line = await reporting_lines.of_day(connection, caller.tenant, person_id, day)
        if line is None or caller.person_id not in line.superiors():
            check_may_see(caller, person_id)
        if await people.find(connection, caller.tenant, person_id) is None:
            raise unknown_person()
        held = await _held(connection, caller.tenant, person_id, on=day)
        above = frozenset().union(*(place.unit_ids for place in held))
        found = await store.standing_on(connection, caller.tenant, above, on=day)
    return applying(found, person_id, held)


async def _held(
    connection: Connection, tenant_id: UUID, person_id: UUID, *, on: date
) -> list[Held]:
    holding = [
        assignment
        for assignment in await assignments.of_people(connection, tenant_id, [person_id])
        if assignment.holds_on(on)
    ]
    held_in = {each.unit_id for each in holding}
    paths = await units.paths(connection, tenant_id, held_in, on=on)
    kinds = {
        post.id: post.post_kind for post in await posts.of_units(connection, tenant_id, held_in)
    }
    return [
        Held(
            frozenset(step.id for step in paths[each.unit_id]),
            kinds[each.post_id] if each.post_id else None,
        )
        for each in holding
    ]


def _may_see(caller: Principal, indicator: Indicator) -> bool:
    return indicator.person_id in (None, caller.person_id) or keeps(caller)

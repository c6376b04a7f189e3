"""`/v1/counters`: desks where citizens are served."""

from dataclasses import replace
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from services.registry.access import Access, Keeper, Member, refused
from services.registry.counters import store
from services.registry.counters.rules import Counter
from services.registry.fields import Body, Ids, Text
from shared.db import Connection, uuid7
from shared.http.paging import Page, Paging
from shared.http.problems import conflict, not_found
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(prefix="/v1/counters", tags=["counters"])

_REFUSALS = {
    "uq_counters_tenant_id_unit_id_name": partial(
        conflict,
        "counter-name-taken",
        "Nothing was stored: this unit has a counter of this name. Choose another.",
    ),
    "fk_counters_tenant_id_unit_id_units": partial(
        refused, "unit_id", "is not a unit of this tenant: send the id of an existing unit"
    ),
    "fk_counter_services_tenant_id_service_id_services": partial(
        refused, "service_ids", "names something that is no service of this tenant"
    ),
}
_USED = {
    "fk_rosters_tenant_id_counter_id_counters": partial(
        conflict,
        "counter-has-rosters",
        "People served here, and answers of citizens count for them by its rosters: keep it.",
    )
}


ServiceIds = Annotated[Ids, Field(description="What is served there; without one, anything")]


class NewCounter(Body):
    unit_id: UUID
    name: Text
    service_ids: ServiceIds = ()


class CounterChange(Body):
    unit_id: UUID = UUID(int=0)
    name: Text = ""
    service_ids: ServiceIds = ()


@router.post("", status_code=201)
async def create_counter(
    new: NewCounter, caller: Keeper, registry: Access, response: Response
) -> Counter:
    counter = Counter(uuid7(), new.unit_id, new.name, new.service_ids)
    await registry.write(
        caller,
        lambda connection: store.insert(connection, caller.tenant, counter),
        refusals=_REFUSALS,
    )
    show_version(response, counter.version)
    return counter


@router.get("")
async def list_counters(
    caller: Member, registry: Access, paging: Paging, unit_id: UUID | None = None
) -> Page[Counter]:
    (after,) = paging.after(UUID) or (None,)
    async with registry.transaction(caller.tenant) as connection:
        counters = await store.page(
            connection, caller.tenant, after=after, limit=paging.fetch, unit_id=unit_id
        )
    return paging.page(counters, key=lambda counter: (counter.id,))


@router.get("/{counter_id}")
async def show_counter(
    counter_id: UUID, caller: Member, registry: Access, response: Response
) -> Counter:
    async with registry.transaction(caller.tenant) as connection:
        counter = await store.find(connection, caller.tenant, counter_id)
    if counter is None:
        raise unknown_counter()
    show_version(response, counter.version)
    return counter


@router.patch("/{counter_id}")
async def change_counter(
    counter_id: UUID,
    change: CounterChange,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> Counter:
    """Fields that are left out stay."""

    async def work(connection: Connection) -> Counter:
        counter = await locked(connection, caller.tenant, counter_id)
        check_version(counter.version, expected)
        changed = replace(counter, **change.given())
        if changed == counter:
            return counter
        return await store.update(connection, caller.tenant, changed)

    counter = await registry.write(caller, work, refusals=_REFUSALS)
    show_version(response, counter.version)
    return counter


@router.delete("/{counter_id}", status_code=204)
async def delete_counter(
    counter_id: UUID, caller: Keeper, registry: Access, expected: Expected
) -> None:
    async def work(connection: Connection) -> None:
        counter = await locked(connection, caller.tenant, counter_id)
        check_version(counter.version, expected)
        await store.delete(connection, caller.tenant, counter)

    await registry.write(caller, work, refusals=_USED)


async def locked(connection: Connection, tenant_id: UUID, counter_id: UUID) -> Counter:
    """The counter, its row locked; raises the 404."""
    counter = await store.find(connection, tenant_id, counter_id, lock=True)
    if counter is None:
        raise unknown_counter()
    return counter


unknown_counter = partial(
    not_found, "This tenant has no counter with this id: list them at /v1/counters."
)

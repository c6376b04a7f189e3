"""`/v1/services`: what citizens come for, as the tenant keeps it."""

from dataclasses import replace
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from services.registry.access import Access, Keeper, Member, no_tenant, refused
from services.registry.fields import Body, Ids, Line, Prose, Text
from services.registry.offerings import store
from services.registry.offerings.rules import Offering
from shared.db import Connection, uuid7
from shared.http.paging import Page, Paging
from shared.http.problems import conflict, not_found
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(prefix="/v1/services", tags=["services"])

Minutes = Annotated[int, Field(ge=1, le=10_000_000)]
_REFUSALS = {
    "uq_services_tenant_id_name": partial(
        conflict,
        "service-name-taken",
        "Nothing was stored: this tenant has a service of this name. Use that one for every unit "
        "that offers it, or choose another name.",
    ),
    "fk_services_tenant_id_tenants": no_tenant,
    "fk_service_units_tenant_id_unit_id_units": partial(
        refused, "unit_ids", "names something that is no unit of this tenant: see /v1/units"
    ),
}
_NAMED = {
    "fk_counter_services_tenant_id_service_id_services": partial(
        conflict, "service-at-counter", "A counter serves this: change that counter first."
    ),
    "fk_indicators_tenant_id_service_id_services": partial(
        conflict, "service-has-indicators", "Delete the indicators of this service first."
    ),
}


WorkingDays = Annotated[int, Field(ge=1, le=10_000)]
Rupiah = Annotated[int, Field(ge=0, le=1_000_000_000_000)]
Requirements = Annotated[
    tuple[Line, ...], Field(max_length=50, description="What citizens have to bring, line by line")
]
UnitIds = Annotated[Ids, Field(description="The units that offer it")]


class NewService(Body):
    """The standard is the promised time from a complete file to the finished product: minutes or
    working days. `cost_rupiah` 0 is free; without it citizens are told nothing about the cost."""

    name: Text
    standard_minutes: Minutes | None = None
    standard_working_days: WorkingDays | None = None
    description: Prose | None = None
    requirements: Requirements = ()
    cost_rupiah: Rupiah | None = None
    unit_ids: UnitIds = ()


class ServiceChange(Body):
    name: Text = ""
    standard_minutes: Minutes | None = None
    standard_working_days: WorkingDays | None = None
    description: Prose | None = None
    requirements: Requirements = ()
    cost_rupiah: Rupiah | None = None
    unit_ids: UnitIds = ()


@router.post("", status_code=201)
async def create_service(
    new: NewService, caller: Keeper, registry: Access, response: Response
) -> Offering:
    offering = _checked(Offering(id=uuid7(), **dict(new)))
    await registry.write(
        caller,
        lambda connection: store.insert(connection, caller.tenant, offering),
        refusals=_REFUSALS,
    )
    show_version(response, offering.version)
    return offering


@router.get("")
async def list_services(
    caller: Member,
    registry: Access,
    paging: Paging,
    name: Annotated[str | None, Query(max_length=200)] = None,
    unit_id: UUID | None = None,
) -> Page[Offering]:
    (after,) = paging.after(UUID) or (None,)
    async with registry.transaction(caller.tenant) as connection:
        offerings = await store.page(
            connection,
            caller.tenant,
            after=after,
            limit=paging.fetch,
            name=name,
            unit_id=unit_id,
        )
    return paging.page(offerings, key=lambda offering: (offering.id,))


@router.get("/{service_id}")
async def show_service(
    service_id: UUID, caller: Member, registry: Access, response: Response
) -> Offering:
    async with registry.transaction(caller.tenant) as connection:
        offering = await store.find(connection, caller.tenant, service_id)
    if offering is None:
        raise _unknown()
    show_version(response, offering.version)
    return offering


@router.patch("/{service_id}")
async def change_service(
    service_id: UUID,
    change: ServiceChange,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> Offering:
    """Fields that are left out stay; null takes back what was said, a promise too."""

    async def work(connection: Connection) -> Offering:
        offering = await _locked(connection, caller.tenant, service_id)
        check_version(offering.version, expected)
        changed = _checked(replace(offering, **change.given()))
        if changed == offering:
            return offering
        return await store.update(connection, caller.tenant, changed)

    offering = await registry.write(caller, work, refusals=_REFUSALS)
    show_version(response, offering.version)
    return offering


@router.delete("/{service_id}", status_code=204)
async def delete_service(
    service_id: UUID, caller: Keeper, registry: Access, expected: Expected
) -> None:
    async def work(connection: Connection) -> None:
        offering = await _locked(connection, caller.tenant, service_id)
        check_version(offering.version, expected)
        if not await store.delete(connection, caller.tenant, offering):
            raise conflict(
                "service-in-policy",
                "A satisfaction policy switches elements off for this service: "
                "change that policy first.",
            )

    await registry.write(caller, work, refusals=_NAMED)


def _checked(offering: Offering) -> Offering:
    if offering.promised_twice():
        raise refused(
            "standard_working_days",
            "and standard_minutes cannot both be promised: send null for one of them",
        )
    return offering


async def _locked(connection: Connection, tenant_id: UUID, service_id: UUID) -> Offering:
    offering = await store.find(connection, tenant_id, service_id, lock=True)
    if offering is None:
        raise _unknown()
    return offering


_unknown = partial(not_found, "This tenant has no service with this id: list them at /v1/services.")

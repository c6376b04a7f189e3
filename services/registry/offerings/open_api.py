"""`/v1/tenants/{tenant_id}/services`: what citizens come for, told to everybody without a token."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from services.registry.access import Access
from services.registry.offerings import store
from services.registry.offerings.rules import Offering
from services.registry.tenants import store as tenants
from services.registry.units import names as unit_names
from shared.db import Connection
from shared.http.paging import Page, Paging
from shared.http.problems import not_found

router = APIRouter(prefix="/v1/tenants/{tenant_id}/services", tags=["services"])


class OfferingUnit(BaseModel):
    """Where the service is offered."""

    id: UUID
    name: str


class OpenService(BaseModel):
    """The standard is the promised time from a complete file to the finished product: minutes or
    working days. `cost_rupiah` 0 is free; null: ask the office."""

    id: UUID
    name: str
    description: str | None
    requirements: list[str]
    cost_rupiah: int | None
    standard_minutes: int | None
    standard_working_days: int | None
    units: list[OfferingUnit]


@router.get("")
async def list_open_services(
    tenant_id: UUID, registry: Access, paging: Paging, unit_id: UUID | None = None
) -> Page[OpenService]:
    """All of the tenant, or those that one unit offers."""
    (after,) = paging.after(UUID) or (None,)
    async with registry.transaction(tenant_id) as connection:
        if await tenants.find(connection, tenant_id) is None:
            raise not_found("No city or agency has this id: check the address.")
        found = await store.page(
            connection, tenant_id, after=after, limit=paging.fetch, unit_id=unit_id
        )
        told = await _told(connection, tenant_id, found)
    return paging.page(told, key=lambda service: (service.id,))


@router.get("/{service_id}")
async def show_open_service(tenant_id: UUID, service_id: UUID, registry: Access) -> OpenService:
    async with registry.transaction(tenant_id) as connection:
        found = await store.find(connection, tenant_id, service_id)
        if found is None:
            raise not_found("This city or agency has no service with this id: list them all.")
        (told,) = await _told(connection, tenant_id, [found])
    return told


async def _told(
    connection: Connection, tenant_id: UUID, offerings: list[Offering]
) -> list[OpenService]:
    """The services with the names of the units that offer them and have not ended."""
    names = await unit_names.names_of(
        connection, tenant_id, {unit for offering in offerings for unit in offering.unit_ids}
    )
    return [
        OpenService(
            id=offering.id,
            name=offering.name,
            description=offering.description,
            requirements=list(offering.requirements),
            cost_rupiah=offering.cost_rupiah,
            standard_minutes=offering.standard_minutes,
            standard_working_days=offering.standard_working_days,
            units=[
                OfferingUnit(id=unit, name=names[unit])
                for unit in offering.unit_ids
                if unit in names
            ],
        )
        for offering in offerings
    ]

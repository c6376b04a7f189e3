"""`/v1/tenants` for operators, `/v1/tenant` for the tenant itself."""

from dataclasses import replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import AfterValidator, Field

from services.registry.access import Access, Administrator, Member, Operator, no_tenant
from services.registry.fields import Body, Text, Word
from services.registry.regions.api import check_codes
from services.registry.tenants import store
from services.registry.tenants.rules import SLUG, Tenant, checked_zone
from shared.db import Connection, uuid7
from shared.http.problems import conflict
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(tags=["tenants"])

Zone = Annotated[str, Field(max_length=64), AfterValidator(checked_zone)]
_REFUSALS = {
    "ix_tenants_slug": partial(
        conflict, "slug-taken", "Nothing was stored: another tenant has this slug. Choose another."
    )
}


class NewTenant(Body):
    """The regions are codes of `/v1/regions`, for a tenant that is one."""

    slug: Annotated[str, Field(pattern=SLUG)]
    name: Text
    zone: Zone
    region_kemendagri: Word | None = None
    region_bps: Word | None = None


class TenantChange(Body):
    name: Text = ""
    zone: Zone = ""
    region_kemendagri: Word | None = None
    region_bps: Word | None = None


@router.post("/v1/tenants", status_code=201)
async def create_tenant(
    new: NewTenant, caller: Operator, registry: Access, response: Response
) -> Tenant:
    tenant = Tenant(
        uuid7(),
        new.slug,
        new.name,
        new.zone,
        region_kemendagri=new.region_kemendagri,
        region_bps=new.region_bps,
    )

    async def work(connection: Connection) -> None:
        await check_codes(connection, kemendagri=new.region_kemendagri, bps=new.region_bps)
        await store.insert(connection, tenant)

    await registry.write(caller, work, tenant_id=tenant.id, refusals=_REFUSALS)
    show_version(response, tenant.version)
    return tenant


@router.get("/v1/tenant")
async def show_tenant(caller: Member, registry: Access, response: Response) -> Tenant:
    async with registry.transaction(caller.tenant) as connection:
        tenant = await store.find(connection, caller.tenant)
    if tenant is None:
        raise no_tenant()
    show_version(response, tenant.version)
    return tenant


@router.patch("/v1/tenant")
async def change_tenant(
    change: TenantChange,
    *,
    caller: Administrator,
    registry: Access,
    response: Response,
    expected: Expected,
) -> Tenant:
    async def work(connection: Connection) -> Tenant:
        tenant = await store.find(connection, caller.tenant, lock=True)
        if tenant is None:
            raise no_tenant()
        check_version(tenant.version, expected)
        changed = replace(tenant, **change.given())
        if changed == tenant:
            return tenant
        await check_codes(connection, kemendagri=changed.region_kemendagri, bps=changed.region_bps)
        return await store.update(connection, changed)

    tenant = await registry.write(caller, work)
    show_version(response, tenant.version)
    return tenant

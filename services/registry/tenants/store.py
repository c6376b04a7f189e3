"""Tenants in the database."""

from datetime import date
from uuid import UUID

from services.registry.tenants.rules import Tenant
from shared.contracts import TenantChanged
from shared.db import Connection
from shared.messaging.outbox import enqueue

_COLUMNS = "tenant_id as id, slug, name, zone, version, region_kemendagri, region_bps"
_FIND = f"select {_COLUMNS} from tenants where tenant_id = $1"  # noqa: S608


async def find(connection: Connection, tenant_id: UUID, *, lock: bool = False) -> Tenant | None:
    """The tenant, if this transaction may see it; with `lock` nobody else changes it meanwhile."""
    row = await connection.fetchrow(_FIND + (" for no key update" if lock else ""), tenant_id)
    return Tenant(**row) if row else None


async def today(connection: Connection, tenant_id: UUID) -> date:
    """The day it is in the tenant's zone; in UTC for a tenant that is not registered."""
    found: date = await connection.fetchval(
        """
        select (now() at time zone coalesce(
            (select zone from tenants where tenant_id = $1), 'UTC'))::date
        """,
        tenant_id,
    )
    return found


async def insert(connection: Connection, tenant: Tenant) -> None:
    """Raises `asyncpg.UniqueViolationError` where the slug is taken, by whichever tenant."""
    await connection.execute(
        """
        insert into tenants
            (tenant_id, slug, name, zone, version, region_kemendagri, region_bps)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        tenant.id,
        tenant.slug,
        tenant.name,
        tenant.zone,
        tenant.version,
        tenant.region_kemendagri,
        tenant.region_bps,
    )
    await enqueue(connection, [_event(tenant)])


async def update(connection: Connection, tenant: Tenant) -> Tenant:
    """Store name, zone and region; the row is locked by `find`. Returns it with the raised
    version."""
    row = await connection.fetchrow(
        f"""
        update tenants
        set name = $2, zone = $3, region_kemendagri = $4, region_bps = $5, version = version + 1
        where tenant_id = $1
        returning {_COLUMNS}
        """,  # noqa: S608
        tenant.id,
        tenant.name,
        tenant.zone,
        tenant.region_kemendagri,
        tenant.region_bps,
    )
    assert row is not None
    stored = Tenant(**row)
    await enqueue(connection, [_event(stored)])
    return stored


def _event(tenant: Tenant) -> TenantChanged:
    return TenantChanged(
        tenant_id=tenant.id,
        id=tenant.id,
        version=tenant.version,
        slug=tenant.slug,
        name=tenant.name,
        zone=tenant.zone,
    )

"""Services in the database."""

from dataclasses import replace
from uuid import UUID

from services.registry.offerings.rules import Offering
from shared.contracts import ServiceChanged
from shared.db import Connection
from shared.messaging.outbox import enqueue

_FIND = """
select id, name, standard_minutes, version from services where tenant_id = $1 and id = $2
"""


async def find(
    connection: Connection, tenant_id: UUID, offering_id: UUID, *, lock: bool = False
) -> Offering | None:
    """The service of this tenant; with `lock` nobody else changes or refers to it meanwhile."""
    suffix = " for update" if lock else ""
    row = await connection.fetchrow(_FIND + suffix, tenant_id, offering_id)
    return Offering(**row) if row else None


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    after: UUID | None,
    limit: int,
    name: str | None = None,
) -> list[Offering]:
    """Services in the order of their ids, or the one with this exact name."""
    rows = await connection.fetch(
        """
        select id, name, standard_minutes, version from services
        where tenant_id = $1 and ($2::uuid is null or id > $2) and ($4::text is null or name = $4)
        order by id limit $3
        """,
        tenant_id,
        after,
        limit,
        name,
    )
    return [Offering(**row) for row in rows]


async def ids_of(
    connection: Connection, tenant_id: UUID, names: set[str]
) -> dict[str, UUID]:
    """The ids of the services with these exact names; unknown names are left out."""
    rows = await connection.fetch(
        "select name, id from services where tenant_id = $1 and name = any ($2)",
        tenant_id,
        list(names),
    )
    return {row["name"]: row["id"] for row in rows}


async def hold(connection: Connection, tenant_id: UUID, ids: set[UUID]) -> set[UUID]:
    """Those of `ids` that exist; they cannot be deleted before this transaction ends."""
    rows = await connection.fetch(
        """
        select id from services where tenant_id = $1 and id = any ($2) order by id for key share
        """,
        tenant_id,
        list(ids),
    )
    return {row["id"] for row in rows}


async def insert(connection: Connection, tenant_id: UUID, offering: Offering) -> None:
    """Raises `asyncpg.UniqueViolationError` where the name is taken."""
    await connection.execute(
        """
        insert into services (tenant_id, id, name, standard_minutes, version)
        values ($1, $2, $3, $4, $5)
        """,
        tenant_id,
        offering.id,
        offering.name,
        offering.standard_minutes,
        offering.version,
    )
    await enqueue(connection, [_event(tenant_id, offering)])


async def update(connection: Connection, tenant_id: UUID, offering: Offering) -> Offering:
    """Store a service whose row is locked; returns it with its version raised."""
    await connection.execute(
        """
        update services set name = $3, standard_minutes = $4, version = $5 + 1
        where tenant_id = $1 and id = $2
        """,
        tenant_id,
        offering.id,
        offering.name,
        offering.standard_minutes,
        offering.version,
    )
    stored = replace(offering, version=offering.version + 1)
    await enqueue(connection, [_event(tenant_id, stored)])
    return stored


async def delete(connection: Connection, tenant_id: UUID, offering: Offering) -> bool:
    """False, and nothing done, while a policy names the service (whose row is locked)."""
    deleted = await connection.fetchval(
        """
        delete from services s
        where tenant_id = $1 and id = $2 and not exists (
            select from satisfaction_policies p
            where p.tenant_id = $1
              and p.switched_off @> jsonb_build_array(jsonb_build_object('service_id', $2::text)))
        returning true
        """,
        tenant_id,
        offering.id,
    )
    if deleted:
        gone = replace(offering, version=offering.version + 1)
        await enqueue(connection, [_event(tenant_id, gone, deleted=True)])
    return bool(deleted)


def _event(tenant_id: UUID, offering: Offering, *, deleted: bool = False) -> ServiceChanged:
    return ServiceChanged(
        tenant_id=tenant_id,
        id=offering.id,
        version=offering.version,
        deleted=deleted,
        name=offering.name,
        standard_minutes=offering.standard_minutes,
    )

"""Services in the database."""

from dataclasses import replace
from typing import Final
from uuid import UUID

import asyncpg

from services.registry.links import Links
from services.registry.offerings.rules import Offering
from shared.contracts import ServiceChanged
from shared.db import Connection
from shared.messaging.outbox import enqueue

_COLUMNS: Final = """
s.id, s.name, s.standard_minutes, s.version, s.standard_working_days, s.description,
s.requirements, s.cost_rupiah,
array(select o.unit_id from service_units o
      where o.tenant_id = s.tenant_id and o.service_id = s.id order by o.unit_id) as unit_ids
"""
_FIND: Final = f"select {_COLUMNS} from services s where s.tenant_id = $1 and s.id = $2"  # noqa: S608
_PAGE: Final = f"""
select {_COLUMNS} from services s
where s.tenant_id = $1 and ($2::uuid is null or s.id > $2) and ($4::text is null or s.name = $4)
  and ($5::uuid is null or exists (
      select from service_units o
      where o.tenant_id = s.tenant_id and o.service_id = s.id and o.unit_id = $5))
order by s.id limit $3
"""  # noqa: S608
_UNITS: Final = Links("service_units", "service_id", "unit_id")


async def find(
    connection: Connection, tenant_id: UUID, offering_id: UUID, *, lock: bool = False
) -> Offering | None:
    """The service of this tenant; with `lock` nobody else changes or refers to it meanwhile."""
    if lock:
        # Apart, so that what it lists is read after those who held the lock have committed.
        await connection.execute(
            "select from services where tenant_id = $1 and id = $2 for update",
            tenant_id,
            offering_id,
        )
    row = await connection.fetchrow(_FIND, tenant_id, offering_id)
    return _offering(row) if row else None


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    after: UUID | None,
    limit: int,
    name: str | None = None,
    unit_id: UUID | None = None,
) -> list[Offering]:
    """Services in the order of their ids; where asked the one with this exact name, or those that
    a unit offers."""
    rows = await connection.fetch(_PAGE, tenant_id, after, limit, name, unit_id)
    return [_offering(row) for row in rows]


async def ids_of(connection: Connection, tenant_id: UUID, names: set[str]) -> dict[str, UUID]:
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
    """Raises `asyncpg.IntegrityConstraintViolationError` for a name taken or a unit unknown."""
    await connection.execute(
        """
        insert into services (tenant_id, id, name, standard_minutes, standard_working_days,
                              description, requirements, cost_rupiah, version)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        tenant_id,
        *_columns(offering),
    )
    await _UNITS.write(connection, tenant_id, offering.id, offering.unit_ids)
    await enqueue(connection, [_event(tenant_id, offering)])


async def update(connection: Connection, tenant_id: UUID, offering: Offering) -> Offering:
    """Store a service whose row is locked; returns it with its version raised. Raises like
    `insert`."""
    stored = replace(offering, version=offering.version + 1)
    await connection.execute(
        """
        update services
        set name = $3, standard_minutes = $4, standard_working_days = $5, description = $6,
            requirements = $7, cost_rupiah = $8, version = $9
        where tenant_id = $1 and id = $2
        """,
        tenant_id,
        *_columns(stored),
    )
    await _UNITS.write(connection, tenant_id, stored.id, stored.unit_ids)
    await enqueue(connection, [_event(tenant_id, stored)])
    return stored


async def delete(connection: Connection, tenant_id: UUID, offering: Offering) -> bool:
    """False, and nothing done, while a policy names the service (whose row is locked).

    Raises `asyncpg.ForeignKeyViolationError` while something else does.
    """
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


def _columns(offering: Offering) -> tuple[object, ...]:
    return (
        offering.id,
        offering.name,
        offering.standard_minutes,
        offering.standard_working_days,
        offering.description,
        list(offering.requirements),
        offering.cost_rupiah,
        offering.version,
    )


def _offering(row: asyncpg.Record) -> Offering:
    lists = {name: tuple(row[name]) for name in ("requirements", "unit_ids")}
    return Offering(**{**row, **lists})


def _event(tenant_id: UUID, offering: Offering, *, deleted: bool = False) -> ServiceChanged:
    return ServiceChanged(
        tenant_id=tenant_id,
        id=offering.id,
        version=offering.version,
        deleted=deleted,
        name=offering.name,
        standard_minutes=offering.standard_minutes,
        standard_working_days=offering.standard_working_days,
    )

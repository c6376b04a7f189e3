"""Units in the database. One unit is a list of one: imports bring thousands."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from services.registry.units.rules import Step, Unit
from shared.contracts import UnitChanged
from shared.db import Connection
from shared.messaging.outbox import enqueue

_FIND = """
select id, name, kind, code, parent_id, version from units where tenant_id = $1 and id = $2
"""


async def find(
    connection: Connection, tenant_id: UUID, unit_id: UUID, *, lock: bool = False
) -> Unit | None:
    """The unit of this tenant; with `lock` nobody else changes it meanwhile."""
    suffix = " for no key update" if lock else ""
    row = await connection.fetchrow(_FIND + suffix, tenant_id, unit_id)
    return Unit(**row) if row else None


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    after: UUID | None,
    limit: int,
    code: str | None = None,
    parent_id: UUID | None = None,
) -> list[Unit]:
    """Units in the order of their ids, those of a code or below a parent only where asked."""
    rows = await connection.fetch(
        """
        select id, name, kind, code, parent_id, version from units
        where tenant_id = $1 and ($2::uuid is null or id > $2) and ($4::text is null or code = $4)
          and ($5::uuid is null or parent_id = $5)
        order by id limit $3
        """,
        tenant_id,
        after,
        limit,
        code,
        parent_id,
    )
    return [Unit(**row) for row in rows]


async def paths(
    connection: Connection, tenant_id: UUID, unit_ids: Collection[UUID]
) -> dict[UUID, list[Step]]:
    """For each unit those above it and itself, from the top down."""
    rows = await connection.fetch(
        """
        with recursive up as (
            select id as unit_id, id, name, parent_id, 0 as height
            from units where tenant_id = $1 and id = any ($2)
            union all
            select up.unit_id, u.id, u.name, u.parent_id, height + 1
            from up join units u on u.tenant_id = $1 and u.id = up.parent_id
        )
        select unit_id, id, name from up order by height desc
        """,
        tenant_id,
        list(unit_ids),
    )
    found: dict[UUID, list[Step]] = {unit_id: [] for unit_id in unit_ids}
    for row in rows:
        found[row["unit_id"]].append(Step(row["id"], row["name"]))
    return found


async def ids_of(
    connection: Connection, tenant_id: UUID, codes: Collection[str]
) -> dict[str, UUID]:
    """The ids of the units with these codes; unknown codes are left out."""
    rows = await connection.fetch(
        "select code, id from units where tenant_id = $1 and code = any ($2)",
        tenant_id,
        list(codes),
    )
    return {row["code"]: row["id"] for row in rows}


async def lock_every(connection: Connection, tenant_id: UUID) -> list[Unit]:
    """All units of the tenant, locked in one order: for an import, under `lock_all`."""
    rows = await connection.fetch(
        """
        select id, name, kind, code, parent_id, version from units
        where tenant_id = $1 order by id for no key update
        """,
        tenant_id,
    )
    return [Unit(**row) for row in rows]


async def insert(connection: Connection, tenant_id: UUID, units: Sequence[Unit]) -> None:
    """Raises `asyncpg.IntegrityConstraintViolationError` for a code taken or a parent unknown."""
    await connection.execute(
        """
        insert into units (tenant_id, id, name, kind, code, parent_id, version)
        select $1, * from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[],
                                 $7::int[])
        """,
        tenant_id,
        *_columns(units),
    )
    await enqueue(connection, [_event(tenant_id, unit) for unit in units])


async def update(connection: Connection, tenant_id: UUID, units: Sequence[Unit]) -> list[Unit]:
    """Store units whose rows are locked; returns them with their versions raised.

    Raises like `insert`.
    """
    await connection.execute(
        """
        update units u
        set name = n.name, kind = n.kind, code = n.code, parent_id = n.parent_id,
            version = n.version + 1
        from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::int[])
             as n(id, name, kind, code, parent_id, version)
        where u.tenant_id = $1 and u.id = n.id
        """,
        tenant_id,
        *_columns(units),
    )
    stored = [replace(unit, version=unit.version + 1) for unit in units]
    await enqueue(connection, [_event(tenant_id, unit) for unit in stored])
    return stored


async def delete(connection: Connection, tenant_id: UUID, unit: Unit) -> None:
    """Raises `asyncpg.ForeignKeyViolationError` while something stands in or below the unit."""
    await connection.execute(
        "delete from units where tenant_id = $1 and id = $2", tenant_id, unit.id
    )
    gone = replace(unit, version=unit.version + 1)
    await enqueue(connection, [_event(tenant_id, gone, deleted=True)])


def _columns(units: Sequence[Unit]) -> list[list[object]]:
    return [
        [unit.id for unit in units],
        [unit.name for unit in units],
        [unit.kind for unit in units],
        [unit.code for unit in units],
        [unit.parent_id for unit in units],
        [unit.version for unit in units],
    ]


def _event(tenant_id: UUID, unit: Unit, *, deleted: bool = False) -> UnitChanged:
    return UnitChanged(
        tenant_id=tenant_id,
        id=unit.id,
        version=unit.version,
        deleted=deleted,
        parent_id=unit.parent_id,
        name=unit.name,
        unit_kind=unit.kind,
    )

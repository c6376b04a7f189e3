"""SQL of what units are called: names, codes, aliases."""

from collections.abc import Collection
from uuid import UUID

from services.registry.units.rules import Unit
from shared.db import Connection


async def names_of(
    connection: Connection, tenant_id: UUID, unit_ids: Collection[UUID]
) -> dict[UUID, str]:
    """The names of those of the units that have not ended, today in the tenant's zone."""
    rows = await connection.fetch(
        """
        select u.id, u.name from units u join tenants t on t.tenant_id = u.tenant_id
        where u.tenant_id = $1 and u.id = any ($2)
          and (u.ended_on is null or u.ended_on > (now() at time zone t.zone)::date)
        """,
        tenant_id,
        list(unit_ids),
    )
    return {row["id"]: row["name"] for row in rows}


async def ids_called(
    connection: Connection, tenant_id: UUID, words: Collection[str]
) -> dict[str, set[UUID]]:
    """For each word in lower case the units, not ended, that have it as name, code or alias; words
    that mean nothing are left out."""
    rows = await connection.fetch(
        """
        select folded, id from (
            select lower(name) as folded, id from units where tenant_id = $1 and ended_on is null
            union
            select lower(code), id from units where tenant_id = $1 and ended_on is null
            union
            select a.folded, a.unit_id from unit_aliases a
            join units u on u.tenant_id = a.tenant_id and u.id = a.unit_id
            where a.tenant_id = $1 and u.ended_on is null) as called
        where folded = any ($2)
        """,
        tenant_id,
        [word.lower() for word in words],
    )
    found: dict[str, set[UUID]] = {}
    for row in rows:
        found.setdefault(row["folded"], set()).add(row["id"])
    return found


async def aliased(connection: Connection, tenant_id: UUID, words: Collection[str]) -> set[UUID]:
    """The units that have one of these words as an alias."""
    rows = await connection.fetch(
        "select unit_id from unit_aliases where tenant_id = $1 and folded = any ($2)",
        tenant_id,
        [word.lower() for word in words],
    )
    return {row["unit_id"] for row in rows}


async def replace_aliases(connection: Connection, tenant_id: UUID, unit: Unit) -> None:
    """Store the aliases of a unit whose row is locked. Raises `asyncpg.UniqueViolationError` for
    one that another unit has."""
    await connection.execute(
        """
        delete from unit_aliases where tenant_id = $1 and unit_id = $2 and alias <> all ($3)
        """,
        tenant_id,
        unit.id,
        list(unit.aliases),
    )
    await connection.execute(
        """
        insert into unit_aliases (tenant_id, folded, unit_id, alias)
        select $1, lower(w.alias), $2, w.alias from unnest($3::text[]) as w(alias)
        where not exists (select from unit_aliases a
                          where a.tenant_id = $1 and a.unit_id = $2 and a.alias = w.alias)
        """,
        tenant_id,
        unit.id,
        list(unit.aliases),
    )

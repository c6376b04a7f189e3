"""SQL of the digests: which units are to be told of a month, and what is to be told."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from shared.db import Connection

_DEEPEST = 32
"""Levels: between two changes that arrive out of order the tree may hold a circle."""

_MONTHS = f"""
with recursive own as (
    select u.tenant_id, u.id from unnest($1::uuid[]) as k(id)
    join units u on u.tenant_id = $2 and u.id = k.id),
down as (
    select id as own, id, 0 as depth from own
    union
    select d.own, u.id, d.depth + 1 from down d
    join units u on u.tenant_id = $2 and u.parent_id = d.id and not u.deleted
    where d.depth < {_DEEPEST}),
below as (select distinct own, id from down)
select b.own, b.id as unit_id, coalesce(s.answers, 0) as answers, s.index, s.grade,
       p.index as before
from below b
left join unit_scores s on s.tenant_id = $2 and s.month = $3 and s.unit_id = b.id
left join unit_scores p on p.tenant_id = $2 and p.month = $4 and p.unit_id = b.id
where b.id = b.own or s.answers > 0
"""  # noqa: S608 - made of constants of this module


async def tenants(connection: Connection) -> Sequence[Any]:
    """Every tenant with its zone."""
    rows: list[Any] = await connection.fetch(
        "select tenant_id, zone from tenants where not deleted order by tenant_id"
    )
    return rows


async def untold_units(
    connection: Connection,
    tenant: UUID,
    *,
    occasion: str,
    month: date,
    on: date,
    after: UUID,
    limit: int,
) -> list[UUID]:
    """Units after this id that have a head on the day, and no such occasion of the month yet."""
    rows = await connection.fetch(
        """
        select distinct u.id from units u
        join assignments a on (a.tenant_id, a.unit_id) = (u.tenant_id, u.id) and a.head
         and not a.deleted and a.valid_from <= $4 and (a.valid_until is null or a.valid_until > $4)
        where u.tenant_id = $1 and not u.deleted and u.id > $5
          and not exists (select from occasions o
                          where (o.tenant_id, o.occasion, o.source)
                              = ($1, $2, u.id || '/' || to_char($3::date, 'YYYY-MM')))
        order by u.id limit $6
        """,
        tenant,
        occasion,
        month,
        on,
        after,
        limit,
    )
    return [row["id"] for row in rows]


async def months(
    connection: Connection, tenant: UUID, units: Sequence[UUID], *, month: date, before: date
) -> Sequence[Any]:
    """For each of ``units`` as ``own``: its month, and those of all below it with answers."""
    rows: list[Any] = await connection.fetch(_MONTHS, list(units), tenant, month, before)
    return rows

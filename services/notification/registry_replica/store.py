"""Questions to the replica: who answers for a unit, what things are called, what time it is."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from shared.db import Connection

_DEEPEST = 32
"""Levels: between two changes that arrive out of order the tree may hold a circle."""

_ANSWERABLE = f"""
with recursive k as (
    select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) with ordinality
                  as k(tenant_id, unit_id, at, place)),
up as (
    select k.place, k.tenant_id, u.id, u.parent_id, 0 as depth,
           (k.at at time zone t.zone)::date as day
    from k
    join tenants t on (t.tenant_id, t.id) = (k.tenant_id, k.tenant_id) and not t.deleted
    join units u on (u.tenant_id, u.id) = (k.tenant_id, k.unit_id)
    union all
    select up.place, up.tenant_id, u.id, u.parent_id, up.depth + 1, up.day
    from up join units u on (u.tenant_id, u.id) = (up.tenant_id, up.parent_id)
    where up.depth < {_DEEPEST})
select up.place - 1 as place, up.depth, up.day, up.parent_id, a.person_id, a.head, a.survey_officer
from up
left join assignments a
  on (a.tenant_id, a.unit_id) = (up.tenant_id, up.id) and (a.head or a.survey_officer)
 and not a.deleted and a.valid_from <= up.day and (a.valid_until is null or a.valid_until > up.day)
 and not exists (select from people p
                 where (p.tenant_id, p.id) = (a.tenant_id, a.person_id) and p.deleted)
order by up.place, up.depth, a.person_id
"""  # noqa: S608 - made of constants of this module


async def answerable(
    connection: Connection, units: Sequence[tuple[UUID, UUID, Any]]
) -> Sequence[Any]:
    """Of (tenant, unit, moment): who has a duty in the unit and in those above it on that day.

    Rows have ``place`` (in ``units``), ``depth`` (0 is the unit itself), ``day`` (in the tenant's
    zone), ``parent_id``, ``person_id``, ``head`` and ``survey_officer``; the last three are null
    where a unit has nobody. A unit or tenant that is unknown has no row.
    """
    rows: list[Any] = await connection.fetch(
        _ANSWERABLE,
        [tenant for tenant, _, _ in units],
        [unit for _, unit, _ in units],
        [moment for _, _, moment in units],
    )
    return rows


async def names(
    connection: Connection, units: set[tuple[UUID, UUID]], services: set[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], str]:
    """What these units and services, as (tenant, id), are called now, or were called last."""
    rows = await connection.fetch(
        """
        select tenant_id, id, name from units
        where (tenant_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))
        union all
        select tenant_id, id, name from services
        where (tenant_id, id) in (select * from unnest($3::uuid[], $4::uuid[]))
        """,
        [tenant for tenant, _ in units],
        [unit for _, unit in units],
        [tenant for tenant, _ in services],
        [service for _, service in services],
    )
    return {(row["tenant_id"], row["id"]): row["name"] for row in rows}


async def zones(connection: Connection, tenants: set[UUID]) -> dict[UUID, str]:
    """The IANA zone of each tenant that is known."""
    rows = await connection.fetch(
        "select tenant_id, zone from tenants where tenant_id = any ($1) and id = tenant_id",
        list(tenants),
    )
    return {row["tenant_id"]: row["zone"] for row in rows}

"""SQL of what a change of units concerns."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from shared.db import Connection


async def lock_people_of(
    connection: Connection, tenant_id: UUID, unit_id: UUID, *, since: date
) -> dict[UUID, str]:
    """The people who work in a unit on `since` or later, with their names, locked in one order."""
    rows = await connection.fetch(
        """
        select p.id, p.name from people p
        where p.tenant_id = $1 and exists (
            select from assignments a
            where a.tenant_id = p.tenant_id and a.person_id = p.id and a.unit_id = $2
              and (a.valid_until is null or a.valid_until > $3))
        order by p.id for no key update of p
        """,
        tenant_id,
        unit_id,
        since,
    )
    return {row["id"]: row["name"] for row in rows}


async def periods_begun(
    connection: Connection, tenant_id: UUID, *, since: date, until: date
) -> Sequence[tuple[UUID, str]]:
    """The periods that have begun before `until` and have a day on or after `since`, as id and
    kind with first day; the first to begin first."""
    rows = await connection.fetch(
        """
        select id, kind || ' ' || starts_on as name from periods
        where tenant_id = $1 and ends_on > $2 and starts_on < $3 order by starts_on, kind
        """,
        tenant_id,
        since,
        until,
    )
    return [(row["id"], row["name"]) for row in rows]


async def left_behind(
    connection: Connection, tenant_id: UUID, unit_id: UUID
) -> Sequence[tuple[str, UUID, str]]:
    """What belongs to a unit and to no other, as kind, id and name: services that it offers, its
    counters, posts and indicators."""
    rows = await connection.fetch(
        """
        select 'service' as kind, s.id, s.name from services s
        join service_units o on o.tenant_id = s.tenant_id and o.service_id = s.id
        where s.tenant_id = $1 and o.unit_id = $2
        union all
        select 'counter', id, name from counters where tenant_id = $1 and unit_id = $2
        union all
        select 'post', id, title from posts where tenant_id = $1 and unit_id = $2
        union all
        select 'indicator', id, name from indicators where tenant_id = $1 and unit_id = $2
        order by 1, 3
        """,
        tenant_id,
        unit_id,
    )
    return [(row["kind"], row["id"], row["name"]) for row in rows]

"""SQL of counters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.db import Connection

_COLUMNS = """
c.id, c.code, c.unit_id, c.service_id, c.created_at, c.switched_off_at,
(select name from units u where u.tenant_id = c.tenant_id and u.id = c.unit_id) as unit_name,
(select name from services s where s.tenant_id = c.tenant_id and s.id = c.service_id)
    as service_name
"""


@dataclass(frozen=True, slots=True)
class Counter:
    """One counter of the tenant in hand; its names are the replica's."""

    id: UUID
    code: str
    unit_id: UUID
    service_id: UUID
    created_at: datetime
    switched_off_at: datetime | None
    unit_name: str | None = None
    service_name: str | None = None


async def insert(connection: Connection, tenant: UUID, *, counter: Counter) -> bool:
    """Insert a counter; False where the tenant already has the code: draw another."""
    added = await connection.fetchval(
        """
        insert into counters (tenant_id, id, code, unit_id, service_id, created_at)
        values ($1, $2, $3, $4, $5, $6) on conflict (tenant_id, code) do nothing returning true
        """,
        tenant,
        counter.id,
        counter.code,
        counter.unit_id,
        counter.service_id,
        counter.created_at,
    )
    return added is True


async def switch_off(
    connection: Connection, tenant: UUID, *, counter_id: UUID, now: datetime
) -> Counter | None:
    """Switch a counter off, once: the first moment stays. None where there is no such counter."""
    row = await connection.fetchrow(
        f"""
        update counters c set switched_off_at = coalesce(c.switched_off_at, $3)
        where c.tenant_id = $1 and c.id = $2 returning {_COLUMNS}
        """,  # noqa: S608 - a constant
        tenant,
        counter_id,
        now,
    )
    return Counter(**row) if row else None


async def find(connection: Connection, tenant: UUID, *, counter_id: UUID) -> Counter | None:
    """One counter; None where the tenant has no such."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from counters c where c.tenant_id = $1 and c.id = $2",  # noqa: S608
        tenant,
        counter_id,
    )
    return Counter(**row) if row else None


async def page(
    connection: Connection,
    tenant: UUID,
    *,
    unit_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> Sequence[Counter]:
    """Counters by id (oldest first) after the given one."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from counters c
        where c.tenant_id = $1 and ($2::uuid is null or c.unit_id = $2)
          and ($3::uuid is null or c.id > $3)
        order by c.id limit $4
        """,  # noqa: S608 - a constant
        tenant,
        unit_id,
        after,
        limit,
    )
    return [Counter(**row) for row in rows]

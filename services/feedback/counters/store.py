"""SQL of counters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.db import Connection

_COLUMNS = "id, code, unit_id, service_id, created_at, switched_off_at"


@dataclass(frozen=True, slots=True)
class Counter:
    """One counter of the tenant in hand."""

    id: UUID
    code: str
    unit_id: UUID
    service_id: UUID
    created_at: datetime
    switched_off_at: datetime | None


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
        update counters set switched_off_at = coalesce(switched_off_at, $3)
        where tenant_id = $1 and id = $2 returning {_COLUMNS}
        """,  # noqa: S608 - a constant
        tenant,
        counter_id,
        now,
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
        select {_COLUMNS} from counters
        where tenant_id = $1 and ($2::uuid is null or unit_id = $2)
          and ($3::uuid is null or id > $3)
        order by id limit $4
        """,  # noqa: S608 - a constant
        tenant,
        unit_id,
        after,
        limit,
    )
    return [Counter(**row) for row in rows]

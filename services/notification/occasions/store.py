"""SQL of the occasions: recorded once, taken when they may be told, given up in the end."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shared.db import Connection

_RECORD = """
insert into occasions (tenant_id, occasion, source, unit_id, happened_at, parameters, state,
                       look_at, created_at)
select i.*, 'waiting', $7, $7
from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::timestamptz[], $6::jsonb[])
     as i(tenant_id, occasion, source, unit_id, happened_at, parameters)
order by i.tenant_id, i.occasion, i.source
on conflict do nothing
"""


@dataclass(frozen=True, slots=True)
class NewOccasion:
    """Something that somebody should hear of; the same kind and source is the same occasion."""

    tenant_id: UUID
    occasion: str
    source: str
    unit_id: UUID
    happened_at: datetime
    parameters: Mapping[str, Any]


async def record(
    connection: Connection, occasions: Sequence[NewOccasion], *, now: datetime
) -> None:
    """Remember what is not known yet. One such statement per transaction."""
    if occasions:
        await connection.execute(
            _RECORD,
            [occasion.tenant_id for occasion in occasions],
            [occasion.occasion for occasion in occasions],
            [occasion.source for occasion in occasions],
            [occasion.unit_id for occasion in occasions],
            [occasion.happened_at for occasion in occasions],
            [json.dumps(occasion.parameters) for occasion in occasions],
            now,
        )


async def trace(connection: Connection, traced: Sequence[tuple[NewOccasion, str]]) -> None:
    """Note on the occasions that this transaction recorded which trace they belong to."""
    await connection.execute(
        """
        update occasions o set traceparent = i.traceparent
        from unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
             as i(tenant_id, occasion, source, traceparent)
        where (o.tenant_id, o.occasion, o.source) = (i.tenant_id, i.occasion, i.source)
          and o.xmin = pg_current_xact_id()::xid
        """,
        [occasion.tenant_id for occasion, _ in traced],
        [occasion.occasion for occasion, _ in traced],
        [occasion.source for occasion, _ in traced],
        [traceparent for _, traceparent in traced],
    )


async def look_now(connection: Connection, tenants: Sequence[UUID]) -> None:
    """What waits in these tenants may wait no longer: their registry moved."""
    if not tenants:
        return
    await connection.execute(
        """
        update occasions o set look_at = now()
        from (select tenant_id, occasion, source from occasions
              where tenant_id = any ($1) and state = 'waiting'
              order by tenant_id, occasion, source for update) w
        where (o.tenant_id, o.occasion, o.source) = (w.tenant_id, w.occasion, w.source)
        """,
        sorted(tenants),
    )


async def take(connection: Connection, *, now: datetime, limit: int) -> Sequence[Any]:
    """Lock the oldest occasions that wait and may be looked at."""
    rows: list[Any] = await connection.fetch(
        """
        select tenant_id, occasion, source, unit_id, happened_at, parameters, created_at,
               traceparent
        from occasions
        where state = 'waiting' and look_at <= $1
        order by look_at limit $2 for update skip locked
        """,
        now,
        limit,
    )
    return rows


async def settle(
    connection: Connection,
    rows: Sequence[Any],
    *,
    states: Sequence[str],
    look_at: Sequence[datetime],
) -> None:
    """Write down what became of what was taken, and when what still waits is looked at again."""
    await connection.execute(
        """
        update occasions o set state = k.state, look_at = k.look_at
        from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
             as k(tenant_id, occasion, source, state, look_at)
        where (o.tenant_id, o.occasion, o.source) = (k.tenant_id, k.occasion, k.source)
        """,
        [row["tenant_id"] for row in rows],
        [row["occasion"] for row in rows],
        [row["source"] for row in rows],
        list(states),
        list(look_at),
    )


async def waiting(connection: Connection) -> int:
    """How many occasions wait."""
    found: int = await connection.fetchval("select count(*) from occasions where state = 'waiting'")
    return found


async def forget(connection: Connection, *, older_than: timedelta, limit: int) -> int:
    """Delete occasions whose time is over, oldest first; how many."""
    done = await connection.execute(
        """
        delete from occasions where (tenant_id, occasion, source) in (
            select tenant_id, occasion, source from occasions
            where created_at < now() - $1::interval and state <> 'waiting'
            order by created_at limit $2 for update skip locked)
        """,
        older_than,
        limit,
    )
    return int(done.split()[-1])

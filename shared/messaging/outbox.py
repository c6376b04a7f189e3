"""Write events beside their cause, in the caller's transaction (promise G1)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zlib import crc32

from shared.contracts import Event
from shared.db import Connection, uuid7
from shared.observability.trace import current_traceparent

SHARDS = 8
"""Fixed for the life of an installation: a key that changed its shard could overtake itself."""

LARGEST_BODY = 512 * 1024
"""Bytes. A row that no broker takes would hold up its shard for ever: its cause fails instead."""

_INSERT = """
insert into outbox (shard, tenant_id, topic, key, event_id, event_type, subject, time,
                    traceparent, body)
select i.shard, i.tenant_id, i.topic, i.key, i.event_id, i.event_type, i.subject, $8,
       i.traceparent, i.body
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::text[],
            $9::text[], $10::bytea[]) with ordinality
     as i(shard, tenant_id, topic, key, event_id, event_type, subject, traceparent, body, place)
order by i.place
"""


def shard_of(key: str) -> int:
    """The shard that carries all events of ``key``, in the order they were written."""
    return crc32(key.encode()) % SHARDS


async def enqueue(
    connection: Connection,
    events: Sequence[Event],
    *,
    traceparents: Sequence[str | None] | None = None,
) -> None:
    """Insert one outbox row per event, in order.

    The caller holds the lock of each event's fact or entity row, so that ids rise in commit order
    per key. ``traceparents`` gives each event its own trace (a group commit holds many requests);
    without it all belong to the current one. Raises ``ValueError`` for an event over 512 KiB.
    """
    if not events:
        return
    keys = [event.key() for event in events]
    bodies = [event.body() for event in events]
    largest = max(map(len, bodies))
    if largest > LARGEST_BODY:
        raise ValueError(f"an event of {largest} bytes is too large to publish: split it")
    await connection.execute(
        _INSERT,
        [shard_of(key) for key in keys],
        [event.tenant_id for event in events],
        [event.topic for event in events],
        keys,
        [uuid7() for _ in events],
        [event.type for event in events],
        [event.subject() for event in events],
        datetime.now(UTC),
        traceparents or [current_traceparent()] * len(events),
        bodies,
    )

"""The one direct connection of a relay: its locks, and every statement about the outbox.

Rows are read and deleted on the connection that holds the shard's advisory lock, so that whoever
lost the lock can neither read nor delete any more.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence

import asyncpg

from shared.messaging.bell import OUTBOX_CHANNEL

_LOCKS = 0x7E5A
"""Class of the advisory locks; the shard is the second key."""

_CLAIM = "select s from unnest($1::int[]) as s where pg_try_advisory_lock($2, s)"
_WAITING = """
select s from unnest($1::int[]) as s where exists (select from outbox where shard = s::smallint)
"""
_ROWS = """
select id, tenant_id, topic, key, event_id, event_type, subject, time, traceparent, body
from outbox where shard = $1 order by id limit $2
"""
_DELETE = "delete from outbox where id = any($1::bigint[])"
_BACKLOG = """
select (select count(*) from (select from outbox limit 1000000) as waiting) as rows,
       coalesce(extract(epoch from clock_timestamp() - min(first.created_at)), 0)::float8 as oldest
from generate_series(0, $1 - 1) as s
cross join lateral
    (select created_at from outbox where shard = s::smallint order by id limit 1) as first
"""
_SESSION = {
    "timezone": "UTC",
    "application_name": "tera-relay",
    # A frozen relay does not poll: the server ends its session and with it the locks.
    "idle_session_timeout": "15000",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}


class Lease:
    """Shares the connection among the shards' tasks, one statement at a time."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection
        self._turn = asyncio.Lock()

    @classmethod
    async def open(cls, url: str, *, on_change: Callable[[], None]) -> "Lease":
        """Connect and listen. ``on_change`` is called when the bell rings and when the connection
        is lost. Raises ``OSError`` or ``asyncpg.PostgresError``."""
        connection = await asyncpg.connect(
            url, timeout=5, command_timeout=10, server_settings=_SESSION
        )
        try:
            connection.add_termination_listener(lambda _: on_change())
            await connection.add_listener(OUTBOX_CHANNEL, lambda *_: on_change())
        except BaseException:
            connection.terminate()
            raise
        return cls(connection)

    def close(self) -> None:
        """Give every lock back at once."""
        self._connection.terminate()

    async def claim(self, shards: Iterable[int]) -> list[int]:
        """Lock those of ``shards`` that nobody else holds."""
        async with self._turn:
            rows = await self._connection.fetch(_CLAIM, list(shards), _LOCKS)
        return [row["s"] for row in rows]

    async def release(self, shard: int) -> None:
        async with self._turn:
            await self._connection.execute("select pg_advisory_unlock($1, $2)", _LOCKS, shard)

    async def waiting(self, shards: Iterable[int]) -> list[int]:
        """Those of ``shards`` that have rows."""
        async with self._turn:
            rows = await self._connection.fetch(_WAITING, list(shards))
        return [row["s"] for row in rows]

    async def rows(self, shard: int, limit: int) -> list[asyncpg.Record]:
        """The oldest rows of a shard, in the order of their ids."""
        async with self._turn:
            rows: list[asyncpg.Record] = await self._connection.fetch(_ROWS, shard, limit)
        return rows

    async def delete(self, ids: Sequence[int]) -> None:
        async with self._turn:
            await self._connection.execute(_DELETE, ids)

    async def backlog(self, shards: int) -> tuple[int, float]:
        """Rows waiting (at most a million are counted) and the age of the oldest in seconds."""
        async with self._turn:
            row = await self._connection.fetchrow(_BACKLOG, shards)
        return (row["rows"], row["oldest"]) if row else (0, 0.0)

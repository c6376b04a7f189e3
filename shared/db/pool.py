"""Connections and transactions."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

if TYPE_CHECKING:
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
else:
    Pool = asyncpg.Pool
    Connection = asyncpg.Connection


async def open_pool(
    url: str,
    *,
    max_size: int = 10,
    min_size: int = 1,
    session: Mapping[str, str] | None = None,
) -> Pool:
    """A pool whose connections fail fast: a stopped database is an error after a few seconds,
    not a request that hangs. Times are UTC. ``session`` are further PostgreSQL settings. Raises
    ``OSError`` or ``asyncpg.PostgresError`` where the database cannot be reached now; with
    ``min_size`` 0 nothing is opened now."""
    return await asyncpg.create_pool(
        url,
        min_size=min_size,
        max_size=max_size,
        timeout=5,
        command_timeout=30,
        server_settings={
            "timezone": "UTC",
            "application_name": "tera",
            "idle_in_transaction_session_timeout": "60000",
            **(session or {}),
        },
    )


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """A transaction: all of it, or nothing."""
    async with pool.acquire(timeout=5) as connection, connection.transaction():
        yield connection

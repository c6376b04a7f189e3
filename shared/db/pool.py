"""Connections and the transactions that set the tenant."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

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
    """A transaction of the worker login, which serves many tenants in one batch."""
    async with pool.acquire(timeout=5) as connection, connection.transaction():
        yield connection


@asynccontextmanager
async def tenants_transaction(pool: Pool, tenants: Collection[UUID]) -> AsyncIterator[Connection]:
    """A transaction of the api login that sees these tenants and no other (row-level security)."""
    async with transaction(pool) as connection:
        await connection.execute(
            "select set_config('tera.tenants', $1, true)", ",".join(map(str, tenants))
        )
        yield connection


@asynccontextmanager
async def tenant_transaction(pool: Pool, tenant: UUID) -> AsyncIterator[Connection]:
    """The same for one tenant: every request but the group commit of the hot path."""
    async with tenants_transaction(pool, (tenant,)) as connection:
        yield connection

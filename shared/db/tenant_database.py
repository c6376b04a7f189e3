"""A service's database as its routes use it: the api login, one tenant per transaction."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from uuid import UUID

from shared.db.pool import Connection, Pool, open_pool, transaction


class TenantDatabase:
    """Opened by the application's lifespan; opening succeeds while PostgreSQL is away.

    ``session`` are PostgreSQL settings of its connections.
    """

    def __init__(self, url: str, *, session: Mapping[str, str] | None = None) -> None:
        self._url = url
        self._session = session
        self._pool: Pool | None = None

    async def open(self) -> None:
        self._pool = await open_pool(self._url, min_size=0, session=self._session)

    async def close(self) -> None:
        if self._pool:
            await self._pool.close()

    async def ready(self) -> bool:
        """Whether the database answers; raises where it does not."""
        async with self.pool.acquire(timeout=2) as connection:
            return bool(await connection.fetchval("select true", timeout=2))

    @asynccontextmanager
    async def transaction(self, tenant_id: UUID) -> AsyncIterator[Connection]:
        """A transaction that sees this tenant and no other (row-level security)."""
        async with transaction(self.pool) as connection:
            await connection.execute("select set_config('tera.tenants', $1, true)", str(tenant_id))
            yield connection

    @property
    def pool(self) -> Pool:
        """For what keeps connections of its own. Raises ``RuntimeError`` before ``open``."""
        if self._pool is None:
            raise RuntimeError("the database is not open: the application's lifespan has not run")
        return self._pool

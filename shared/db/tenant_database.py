"""A service's database as its routes use it: the api login, one tenant per transaction."""

from contextlib import AbstractAsyncContextManager
from uuid import UUID

from shared.db.pool import Connection, Pool, open_pool, tenant_transaction


class TenantDatabase:
    """Opened by the application's lifespan; opening succeeds while PostgreSQL is away."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: Pool | None = None

    async def open(self) -> None:
        self._pool = await open_pool(self._url, min_size=0)

    async def close(self) -> None:
        if self._pool:
            await self._pool.close()

    async def ready(self) -> bool:
        """Whether the database answers; raises where it does not."""
        async with self._opened().acquire(timeout=2) as connection:
            return bool(await connection.fetchval("select true", timeout=2))

    def read(self, tenant_id: UUID) -> AbstractAsyncContextManager[Connection]:
        """A transaction that sees this tenant only."""
        return tenant_transaction(self._opened(), tenant_id)

    def _opened(self) -> Pool:
        if self._pool is None:
            raise RuntimeError("the database is not open: the application's lifespan has not run")
        return self._pool

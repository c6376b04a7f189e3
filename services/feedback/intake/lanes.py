"""Connections that the group commit keeps: taking one from the pool, and the pool's clean-up
afterwards, would cost each group two more round trips."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from shared.db import Connection
from shared.db.tenant_database import TenantDatabase

if TYPE_CHECKING:
    Lane: TypeAlias = PoolConnectionProxy[asyncpg.Record]


class Lanes:
    """As many connections as groups are under way at once; each is given back when it breaks."""

    def __init__(self, database: TenantDatabase) -> None:
        self._database = database
        self._idle: list[Lane] = []

    @asynccontextmanager
    async def transaction(self, tenants: Collection[UUID]) -> AsyncIterator[Connection]:
        """Like ``TenantDatabase.transaction``, for several tenants: sees these and no other."""
        lane = await self._take()
        try:
            # One round trip for both; the ids come as UUIDs and hold nothing that could be SQL.
            visible = ",".join(map(str, tenants))
            await lane.execute(f"begin; select set_config('tera.tenants', '{visible}', true)")
            yield lane
            await lane.execute("commit")
        except BaseException:
            await self._give_back(lane)
            raise
        self._idle.append(lane)

    async def close(self) -> None:
        """Give every connection back to the pool."""
        while self._idle:
            await self._database.pool.release(self._idle.pop())

    async def _take(self) -> "Lane":
        while self._idle:
            lane = self._idle.pop()
            if _usable(lane):
                return lane
            await self._database.pool.release(lane)
        return await self._database.pool.acquire(timeout=5)

    async def _give_back(self, lane: "Lane") -> None:
        try:
            if _usable(lane):
                await lane.execute("rollback", timeout=5)
        except Exception:
            with suppress(asyncpg.InterfaceError):
                lane.terminate()
        finally:
            await self._database.pool.release(lane)


def _usable(lane: "Lane") -> bool:
    """A lost connection is taken from its proxy, which from then on refuses even this question."""
    try:
        return not lane.is_closed()
    except asyncpg.InterfaceError:
        return False

"""Scoring's database as its routes use it: read-only, one tenant per transaction."""

from contextlib import AbstractAsyncContextManager
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from shared.db import Connection, Pool, open_pool, tenant_transaction
from shared.http.auth import Principal, Role, require, signed_in


class Scoring:
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
            raise RuntimeError("scoring is not open: its lifespan has not run")
        return self._pool


def _scoring(request: Request) -> Scoring:
    scoring: Scoring = request.app.state.scoring
    return scoring


Access = Annotated[Scoring, Depends(_scoring)]

Member = Annotated[Principal, Depends(signed_in)]
"""Anybody with a token of the tenant."""

SurveyKeeper = Annotated[
    Principal, Depends(require(Role.survey_officer, Role.tenant_administrator))
]
"""Who loads answers and wants to know what became of them."""

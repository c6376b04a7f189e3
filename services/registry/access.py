"""The registry's database as its routes use it: a tenant per transaction, the bell after it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Final, TypeVar
from uuid import UUID

import asyncpg
from fastapi import Depends, Request

from shared.db import Connection
from shared.db.tenant_database import TenantDatabase
from shared.http.auth import Principal, Role, require, signed_in
from shared.http.problems import Problem, invalid_request, not_found
from shared.http.words import FieldProblem
from shared.messaging.bell import Bell

T = TypeVar("T")

Refusals = Mapping[str, Callable[[], Problem]]
"""What a violated constraint, by name, means to the caller of a route."""

_ATTEMPTS: Final = 5
_ACTOR: Final = "select set_config('tera.actor', $1, true), set_config('tera.person', $2, true)"
"""What the triggers of the history write beside a change."""
_PERSON: Final = "select person_id from logins where tenant_id = $1 and subject = $2"


class Registry(TenantDatabase):
    """The registry's database, whose writes ring the bell of the outbox."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._bell = Bell(url)

    async def open(self) -> None:
        await super().open()
        await self._bell.start()

    async def close(self) -> None:
        await self._bell.stop()
        await super().close()

    async def write(
        self,
        caller: Principal,
        work: Callable[[Connection], Awaitable[T]],
        *,
        tenant_id: UUID | None = None,
        refusals: Refusals | None = None,
    ) -> T:
        """Run `work` in a transaction of the caller's tenant, commit, ring the bell. The history
        tells the caller's login beside every change.

        `tenant_id` is for operators, who have no tenant of their own.

        Where the database found a deadlock, nothing was stored, and `work` runs again: it must
        have no effects beside the connection's. Raises the Problem of `refusals` that a violated
        constraint stands for.
        """
        try:
            result = await self._attempt(tenant_id or caller.tenant, caller, work)
        except asyncpg.IntegrityConstraintViolationError as error:
            # The database's own words quote the whole row, names and numbers of persons too:
            # neither an answer nor a log line may hold them.
            refusal = (refusals or {}).get(error.constraint_name or "")
            if refusal is None:
                raise RuntimeError(f"unexpected: {error.constraint_name} was violated") from None
            raise refusal() from None
        self._bell.ring()
        return result

    async def _attempt(
        self, tenant_id: UUID, caller: Principal, work: Callable[[Connection], Awaitable[T]]
    ) -> T:
        for attempt in range(1, _ATTEMPTS):
            try:
                return await self._once(tenant_id, caller, work)
            except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
                await asyncio.sleep(0.01 * attempt)
        return await self._once(tenant_id, caller, work)

    async def _once(
        self, tenant_id: UUID, caller: Principal, work: Callable[[Connection], Awaitable[T]]
    ) -> T:
        async with self.transaction(tenant_id) as connection:
            await connection.execute(_ACTOR, caller.subject, str(caller.person_id or ""))
            return await work(connection)


def _registry(request: Request) -> Registry:
    registry: Registry = request.app.state.registry
    return registry


Access = Annotated[Registry, Depends(_registry)]


async def _known(caller: Annotated[Principal, Depends(signed_in)], registry: Access) -> Principal:
    if caller.person_id is not None or caller.tenant_id is None:
        return caller
    async with registry.transaction(caller.tenant_id) as connection:
        person_id = await connection.fetchval(_PERSON, caller.tenant_id, caller.subject)
    return replace(caller, person_id=person_id)


Member = Annotated[Principal, Depends(_known)]
"""Anybody with a token of the tenant. Where it names no person, it is the one whose login it is."""

_KEEPERS: Final = (Role.personnel_officer, Role.tenant_administrator)
Keeper = Annotated[Principal, Depends(require(*_KEEPERS))]
"""Keeps units, people, services and policies, and reads personal data."""

Administrator = Annotated[Principal, Depends(require(Role.tenant_administrator))]
Operator = Annotated[Principal, Depends(require(Role.operator))]


no_tenant = partial(
    not_found, "The tenant of your token is not registered here: have an operator create it."
)


def keeps(caller: Principal) -> bool:
    """Whether the caller is a `Keeper`, where others may ask too."""
    return caller.has(*_KEEPERS)


def refused(field: str, problem: str) -> Problem:
    """422 for one field that only the database or a rule could refuse."""
    return invalid_request([FieldProblem(field, problem)])

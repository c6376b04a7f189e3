"""Two writes that stand in each other's way: the database stops one, and it runs again."""

import asyncio
from uuid import UUID

from fastapi import FastAPI

from services.registry.access import Registry
from services.registry.units import store
from shared.db import Connection
from shared.http.auth import Principal
from tests.registry.town import Town


async def test_a_deadlock_is_tried_again(registry: FastAPI, town: Town) -> None:
    access: Registry = registry.state.registry
    first, second = await town.unit("first"), await town.unit("second")
    caller = Principal("tester", town.id, frozenset(), None)
    both_hold_one = asyncio.Barrier(2)
    attempts = 0

    async def lock(one: UUID, other: UUID) -> None:
        met = False

        async def work(connection: Connection) -> None:
            nonlocal attempts, met
            attempts += 1
            await store.find(connection, town.id, one, lock=True)
            if not met:
                met = True
                await both_hold_one.wait()
            await store.find(connection, town.id, other, lock=True)

        await access.write(caller, work)

    await asyncio.gather(lock(first, second), lock(second, first))
    assert attempts == 3

"""The worker role of scoring: two consumers, the loops they wake, and the relay."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from services.scoring.timers import Loop, measure_loop, recompute_loop, recount_loop
from shared.db import Pool, open_pool
from shared.dependencies import Dependency, kafka, postgres
from shared.messaging.bell import Bell
from shared.messaging.consumer import Consumer
from shared.messaging.consumers import Consumers
from shared.messaging.relay import Relay
from shared.settings import Settings

_CONNECTIONS = 6
"""Two consumers, three loops, and one to spare for the consumers' watch."""

DefineConsumers = Callable[[Settings, Pool], list[Consumer[Any]]]


class ScoringWorker:
    """The worker role, as ``shared.runtime`` runs it."""

    def __init__(self, url: str, settings: Settings, *, consumers: DefineConsumers) -> None:
        self._url = url
        self._settings = settings
        self._define_consumers = consumers
        self._bootstrap = settings.required_kafka_bootstrap()
        self._relay = Relay(
            url, bootstrap=self._bootstrap, service="scoring", prefix=settings.topic_prefix
        )
        self._bell = Bell(url)
        self._pool: Pool | None = None
        self._consumers: Consumers | None = None
        self._loops: list[Loop] = []

    @property
    def dependencies(self) -> Sequence[Dependency]:
        return [postgres(self._url), kafka(self._bootstrap)]

    async def start(self) -> None:
        # Statements over small temporary tables: compiling them costs more than running them.
        self._pool = await open_pool(self._url, max_size=_CONNECTIONS, jit="off")
        recompute = recompute_loop(self._pool, announced=self._bell.ring)
        recount = recount_loop(self._pool, recounted=recompute.wake)
        self._loops = [recompute, recount, measure_loop(self._pool)]

        def committed(_: Consumer[Any]) -> None:
            recompute.wake()
            recount.wake()

        self._consumers = Consumers(
            self._define_consumers(self._settings, self._pool),
            pool=self._pool,
            bootstrap=self._bootstrap,
            prefix=self._settings.topic_prefix,
            on_committed=committed,
        )
        await self._bell.start()
        await self._relay.start()
        await self._consumers.start()

    async def run(self) -> None:
        """Run the loops until ``stop``; raises what one of them could not get over."""
        async with asyncio.TaskGroup() as group:
            for loop in self._loops:
                group.create_task(loop.run())

    async def stop(self) -> None:
        if self._consumers is not None:
            await self._consumers.stop()
        for loop in self._loops:
            loop.stop()
        await self._bell.stop()
        await self._relay.stop()
        if self._pool is not None:
            await self._pool.close()

    def ready(self) -> bool:
        return self._consumers is not None and self._consumers.ready()

    def alive(self) -> bool:
        return self._relay.alive() and self._consumers is not None and self._consumers.alive()

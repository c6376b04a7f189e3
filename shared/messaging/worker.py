"""The worker role of a service: its relay, its consumers, its loops, put together the same way."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shared.db import Pool, open_pool, transaction
from shared.dependencies import Dependency, kafka, postgres
from shared.loop import Loop
from shared.messaging.bell import Bell
from shared.messaging.consumer import Consumer
from shared.messaging.consumers import Consumers
from shared.messaging.relay import Relay
from shared.observability.metrics import OLDEST_TRANSACTION_SECONDS
from shared.settings import Settings

DefineConsumers = Callable[[Settings, Pool], Sequence[Consumer[Any]]]
DefineLoops = Callable[[Pool, Bell], Sequence[Loop]]
"""Makes the loops on a pool; the bell is rung after commits that enqueued, and announces to open
streams what changed."""

MEASURE_SECONDS = 5.0


class ServiceWorker:
    """What ``shared.runtime`` runs. ``url`` is the worker login's.

    ``session`` are PostgreSQL settings of the pool's connections.
    """

    def __init__(
        self,
        service: str,
        url: str,
        *,
        settings: Settings,
        consumers: DefineConsumers | None = None,
        loops: DefineLoops | None = None,
        session: Mapping[str, str] | None = None,
    ) -> None:
        self._url = url
        self._settings = settings
        self._define_consumers = consumers
        self._define_loops = loops
        self._session = session
        self._bootstrap = settings.required_kafka_bootstrap()
        self._relay = Relay(
            url, bootstrap=self._bootstrap, service=service, prefix=settings.topic_prefix
        )
        self._bell = Bell(url)
        self._stopping = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._pool: Pool | None = None
        self._consumers: Consumers | None = None
        self._loops: list[Loop] = []

    @property
    def dependencies(self) -> Sequence[Dependency]:
        """What must answer before the start. A relay alone waits by itself."""
        needed = [postgres(self._url)]
        return [*needed, kafka(self._bootstrap)] if self._define_consumers else needed

    async def start(self) -> None:
        """Begin to publish and to consume. Raises what keeps a part from starting."""
        await self._relay.start()
        self._pool = await open_pool(self._url, session=self._session)
        self._loops = [_measure(self._pool)]
        if self._define_loops:
            await self._bell.start()
            self._loops += self._define_loops(self._pool, self._bell)
        if self._define_consumers:
            self._consumers = Consumers(
                self._define_consumers(self._settings, self._pool),
                pool=self._pool,
                bootstrap=self._bootstrap,
                prefix=self._settings.topic_prefix,
                on_committed=self._wake_loops,
            )
            await self._consumers.start()

    async def run(self) -> None:
        """Run the loops until ``stop``; raises what one of them could not get over."""
        self._idle.clear()
        try:
            async with asyncio.TaskGroup() as group:
                for loop in self._loops:
                    group.create_task(loop.run())
                await self._stopping.wait()
        finally:
            self._idle.set()

    async def stop(self) -> None:
        """Finish what is in hand: batches first, then the loops they wake, then the outbox."""
        if self._consumers is not None:
            await self._consumers.stop()
        for loop in self._loops:
            loop.stop()
        self._stopping.set()
        # A loop may have to write down what it has done: the pool waits for it.
        await self._idle.wait()
        await self._bell.stop()
        await self._relay.stop()
        if self._pool is not None:
            await self._pool.close()

    def ready(self) -> bool:
        """True once every consumer has its assignment."""
        return self._relay.alive() and (self._consumers is None or self._consumers.ready())

    def alive(self) -> bool:
        """False where a part has ended, halted, or stands still with work before it."""
        return self._relay.alive() and (self._consumers is None or self._consumers.alive())

    def _wake_loops(self, _: Consumer[Any]) -> None:
        for loop in self._loops:
            if loop.eager:
                loop.wake()


def _measure(pool: Pool) -> Loop:
    """Shows the oldest transaction: one that stays open keeps dead rows, and slows the outbox."""

    async def step() -> bool:
        async with transaction(pool) as connection:
            oldest = await connection.fetchval("select tera_oldest_transaction()")
        OLDEST_TRANSACTION_SECONDS.set(oldest)
        return False

    return Loop("measure-database", step, poll=MEASURE_SECONDS)

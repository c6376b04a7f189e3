"""What feedback does behind its routes: feed the replica, publish facts, forget old keys."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

import structlog

from services.feedback.answers.timers import forget_idempotency_keys
from shared.db import Pool, is_transient, open_pool
from shared.dependencies import Dependency, kafka, postgres
from shared.messaging.consumer import Consumer
from shared.messaging.consumers import Consumers
from shared.messaging.relay import Relay
from shared.settings import Settings

_BETWEEN_ROUNDS: Final = 600.0

DefineConsumers = Callable[[Settings, Pool], list[Consumer[Any]]]

log = structlog.get_logger()


class FeedbackWorker:
    """The worker role, as ``shared.runtime`` runs it."""

    def __init__(self, url: str, settings: Settings, *, consumers: DefineConsumers) -> None:
        self._url = url
        self._settings = settings
        self._define_consumers = consumers
        self._bootstrap = settings.required_kafka_bootstrap()
        self._relay = Relay(
            url, bootstrap=self._bootstrap, service="feedback", prefix=settings.topic_prefix
        )
        self._stopping = asyncio.Event()
        self._pool: Pool | None = None
        self._consumers: Consumers | None = None

    @property
    def dependencies(self) -> Sequence[Dependency]:
        return [postgres(self._url), kafka(self._bootstrap)]

    async def start(self) -> None:
        self._pool = await open_pool(self._url, max_size=4)
        self._consumers = Consumers(
            self._define_consumers(self._settings, self._pool),
            pool=self._pool,
            bootstrap=self._bootstrap,
            prefix=self._settings.topic_prefix,
        )
        await self._relay.start()
        await self._consumers.start()

    async def run(self) -> None:
        """Run the timers until ``stop``."""
        while not self._stopping.is_set():
            await self._forget_keys()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _BETWEEN_ROUNDS)

    async def stop(self) -> None:
        self._stopping.set()
        if self._consumers is not None:
            await self._consumers.stop()
        await self._relay.stop()
        if self._pool is not None:
            await self._pool.close()

    def ready(self) -> bool:
        return self._consumers is not None and self._consumers.ready()

    def alive(self) -> bool:
        return self._relay.alive() and self._consumers is not None and self._consumers.alive()

    async def _forget_keys(self) -> None:
        assert self._pool is not None
        try:
            forgotten = await forget_idempotency_keys(self._pool)
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning(
                "Old idempotency keys stay until the next round",
                action="timers.postponed",
                error=type(error).__name__,
            )
            return
        if forgotten:
            log.info("Forgot old idempotency keys", action="timers.forgot_keys", count=forgotten)

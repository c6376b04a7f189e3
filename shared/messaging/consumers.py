"""The consumers of one worker process: started together, watched, stopped in order."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker

from shared.backoff import delays
from shared.db import Pool
from shared.messaging.consumer import Consumer
from shared.messaging.patience import be_patient
from shared.messaging.progress import Progress, watch
from shared.messaging.subscribe import RETRY_BUDGET, Subscription, subscribe
from shared.messaging.topics import NotThere, wait_for_topics

GRACE = 20.0
"""Seconds a batch in hand may take when the process stops."""


class Consumers:
    """Runs consumer definitions of one service on one pool (worker login)::

        worker = Consumers(consumers(settings, pool), pool=pool, bootstrap=..., prefix=...,
                           on_committed=lambda consumer: bell.ring())
        await worker.start()
        ...
        await worker.stop()     # then close the pool

    ``on_committed(consumer)`` is called after each batch that was committed: synchronous and cheap;
    it rings bells and sets events. More than ``bad_in_a_row`` bad records in a row halt a consumer.
    ``retry_budget``: seconds a batch is tried again before it is fetched again.
    """

    def __init__(
        self,
        definitions: Sequence[Consumer[Any]],
        *,
        pool: Pool,
        bootstrap: str,
        prefix: str = "",
        on_committed: Callable[[Consumer[Any]], None] | None = None,
        bad_in_a_row: int = 100,
        retry_budget: float = RETRY_BUDGET,
    ) -> None:
        self._pool = pool
        self._bootstrap = bootstrap
        self._stopping = asyncio.Event()
        self.broker = KafkaBroker(
            bootstrap,
            client_id=f"tera-{definitions[0].service}" if definitions else "tera",
            consumer_only=True,
            allow_auto_create_topics=False,
            apply_types=False,
            graceful_timeout=GRACE,
            logger=logging.getLogger("shared.messaging"),
            log_level=logging.DEBUG,
        )
        self.subscriptions: list[Subscription] = [
            subscribe(
                self.broker,
                definition,
                pool=pool,
                prefix=prefix,
                on_committed=on_committed,
                bad_in_a_row=bad_in_a_row,
                retry_budget=retry_budget,
                stopping=self._stopping,
            )
            for definition in definitions
        ]
        self._topics = {prefix + definition.topic.name for definition in definitions}
        self._progress = [Progress(subscription) for subscription in self.subscriptions]
        self._watch: asyncio.Task[None] | None = None

    async def start(self, *, wait: float = 60.0) -> None:
        """Wait for Kafka and the topics, at most ``wait`` seconds, then begin to consume.

        Raises ``NotThere`` with what to do (start the broker, ``tera topics create``): the process
        exits non-zero.
        """
        until = time.monotonic() + wait
        await wait_for_topics(self._bootstrap, self._topics, within=wait)
        for delay in delays():
            try:
                async with asyncio.timeout(max(1.0, until - time.monotonic())):
                    await self.broker.start()
                break
            except (KafkaError, TimeoutError) as error:
                await self.broker.stop()
                if time.monotonic() + delay > until:
                    raise NotThere(
                        f"Kafka at {self._bootstrap} answers, but its consumer groups do not "
                        f"({type(error).__name__} after {wait:.0f} s): look at the broker's log."
                    ) from error
                await asyncio.sleep(delay)
            except BaseException:
                await self.broker.stop()
                raise
        for subscription in self.subscriptions:
            be_patient(subscription.client)
        self._watch = asyncio.create_task(
            watch(self._progress, pool=self._pool, stopping=self._stopping)
        )

    def ready(self) -> bool:
        """True once every consumer has its assignment."""
        return all(subscription.assigned for subscription in self.subscriptions)

    def alive(self) -> bool:
        """False where a consumer has halted or stands still with records before it."""
        return all(progress.alive() for progress in self._progress)

    async def stop(self) -> None:
        """Finish the batches in hand, commit their offsets, leave the groups."""
        self._stopping.set()
        await self.broker.stop()
        if self._watch:
            await self._watch
            self._watch = None

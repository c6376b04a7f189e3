"""Lag, and whether a consumer still moves: aiokafka is known to stall without an error."""

import asyncio
import time

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from shared.backoff import stops_within
from shared.db import Pool, is_transient, transaction
from shared.messaging.dead_letters import parked_by_group
from shared.messaging.subscribe import Subscription
from shared.observability import metrics

EVERY = 5.0
STALLED = 60.0
"""Seconds without a batch, with records waiting, after which a consumer counts as stuck."""

log = structlog.get_logger()


class Progress:
    """Watches one subscription."""

    def __init__(self, subscription: Subscription, *, stalled: float = STALLED) -> None:
        self._subscription = subscription
        self._stalled = stalled
        self._batches = -1
        self._moved = time.monotonic()
        self._shown: set[TopicPartition] = set()

    @property
    def group(self) -> str:
        return self._subscription.group

    def alive(self) -> bool:
        """False where it has halted, or has records before it and takes none."""
        stuck = time.monotonic() - self._moved > self._stalled
        return not self._subscription.halted and not stuck

    async def look(self) -> None:
        """Measure the lag of the partitions held. Raises ``KafkaError`` or ``TimeoutError``."""
        subscription, client = self._subscription, self._subscription.client
        held = client.assignment() if client else set()
        lags: dict[TopicPartition, int] = {}
        if client and held:
            ends = await client.end_offsets(held)
            for place in held & client.assignment():
                lags[place] = max(0, ends[place] - await client.position(place))
        self._show(lags)
        if subscription.busy or subscription.batches != self._batches or not any(lags.values()):
            self._moved = time.monotonic()
            self._batches = subscription.batches

    def unknown(self) -> None:
        """Kafka did not answer: neither moving nor stuck."""
        self._moved = time.monotonic()

    def _show(self, lags: dict[TopicPartition, int]) -> None:
        topic, group = self._subscription.consumer.topic.name, self._subscription.group
        for place in self._shown - lags.keys():
            metrics.CONSUMER_LAG.remove(topic, place.partition, group)
        for place, lag in lags.items():
            metrics.CONSUMER_LAG.labels(topic, place.partition, group).set(lag)
        self._shown = set(lags)


async def watch(watched: list[Progress], *, pool: Pool, stopping: asyncio.Event) -> None:
    """Look at all of them every five seconds, and at the dead letters, until ``stopping``."""
    none = {progress.group: 0 for progress in watched}
    while not await stops_within(stopping, EVERY):
        for progress in watched:
            try:
                async with asyncio.timeout(EVERY):
                    await progress.look()
            except (KafkaError, TimeoutError):
                progress.unknown()
        try:
            async with transaction(pool) as connection:
                parked = await parked_by_group(connection)
            for group, letters in (none | parked).items():
                metrics.DEAD_LETTERS_OPEN.labels(group).set(letters)
        except Exception as error:
            if not is_transient(error):
                log.exception("Dead letters could not be counted", action="dead_letters.uncounted")

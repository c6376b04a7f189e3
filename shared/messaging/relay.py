"""Publish the outbox: in order per key, nothing lost, nothing stale (promise G2).

A relay holds the shards whose advisory lock it got. For each it first starts the shard's producer,
which fences whoever held the shard before, and only then reads rows: what a predecessor sent late
is refused by the broker, and what it sent in time is in front of what is read now.
"""

import asyncio
import time
from contextlib import suppress

import structlog

from shared.backoff import delays, stops_within
from shared.contracts import TOPICS
from shared.db import is_transient
from shared.messaging.lease import Lease
from shared.messaging.outbox import SHARDS
from shared.messaging.shard import Shard
from shared.observability import metrics

POLL = 1.0
"""Seconds between two looks at the outbox and at unclaimed shards when no bell rings."""
MEASURE = 5.0
STOP = 10.0

log = structlog.get_logger()


class Relay:
    """Publishes the outbox of one service; any number of them may run.

    ``url`` is the worker login's; the relay opens one direct connection of its own (advisory locks
    and LISTEN: no transaction pooler in between).
    """

    def __init__(self, url: str, *, bootstrap: str, service: str, prefix: str = "") -> None:
        self._url = url
        self._bootstrap = bootstrap
        self._service = service
        self._prefix = prefix
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._shards: dict[int, Shard] = {}
        self._rests: dict[int, float] = {}
        self._delays = {shard: delays() for shard in range(SHARDS)}
        self._measured = 0.0
        # At zero from the beginning: a rate cannot see the step from nothing to the first.
        for reason in ("database", "kafka"):
            metrics.RELAY_FAILED.labels(reason)
        for topic in TOPICS.values():
            if topic.owner == service:
                metrics.RELAY_PUBLISHED.labels(topic.name)

    async def start(self) -> None:
        """Begin in the background. Returns at once; waits for PostgreSQL and Kafka by itself."""
        self._task = asyncio.create_task(self._run(), name=f"relay-{self._service}")

    def alive(self) -> bool:
        """False where the relay's own task has ended, which is a fault."""
        return self._task is not None and not self._task.done()

    def held(self) -> frozenset[int]:
        """The shards this relay publishes now."""
        return frozenset(shard for shard, work in self._shards.items() if work.publishing)

    async def stop(self) -> None:
        """Finish the batches in hand, give the shards back, close."""
        if self._task is None:
            return
        self._stopping.set()
        self._wake.set()
        with suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(self._task, timeout=STOP)
        self._task = None

    async def _run(self) -> None:
        waits = delays()
        while not self._stopping.is_set():
            try:
                lease = await Lease.open(self._url, on_change=self._wake.set)
                waits = delays()
                try:
                    await self._serve(lease)
                finally:
                    await self._end_shards(lease)
            except Exception as error:
                if not is_transient(error):
                    log.exception("The relay failed; it goes on", action="relay.broken")
                metrics.RELAY_FAILED.labels("database").inc()
                log.warning(
                    "The relay lost its database connection and its shards; it tries again",
                    action="relay.lost",
                    error=type(error).__name__,
                )
                await stops_within(self._stopping, next(waits))

    async def _serve(self, lease: Lease) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            await self._reap(lease)
            await self._claim(lease)
            for shard in await lease.waiting(self._shards):
                self._shards[shard].wake()
            await self._measure(lease)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), timeout=POLL)

    async def _claim(self, lease: Lease) -> None:
        now = time.monotonic()
        free = [
            shard
            for shard in range(SHARDS)
            if shard not in self._shards and self._rests.get(shard, 0) <= now
        ]
        for shard in await lease.claim(free) if free else ():
            self._shards[shard] = Shard(
                shard,
                lease=lease,
                bootstrap=self._bootstrap,
                service=self._service,
                prefix=self._prefix,
                on_end=self._wake.set,
            )
        metrics.RELAY_SHARDS.set(len(self._shards))

    async def _reap(self, lease: Lease) -> None:
        """Give back the shards whose producer failed. They rest a while, here and not elsewhere."""
        for shard, work in list(self._shards.items()):
            if work.published:
                self._delays[shard] = delays()
                work.published = False
            if work.task.done():
                del self._shards[shard]
                self._rests[shard] = time.monotonic() + next(self._delays[shard])
                await lease.release(shard)

    async def _end_shards(self, lease: Lease) -> None:
        shards, self._shards = self._shards, {}
        if self._stopping.is_set():
            for work in shards.values():
                work.finish()
            if shards:
                await asyncio.wait([work.task for work in shards.values()], timeout=STOP / 2)
        for work in shards.values():
            work.give_up()
        lease.close()
        if shards:
            await asyncio.wait([work.task for work in shards.values()], timeout=STOP / 2)
        metrics.RELAY_SHARDS.set(0)

    async def _measure(self, lease: Lease) -> None:
        if time.monotonic() - self._measured < MEASURE:
            return
        self._measured = time.monotonic()
        rows, oldest = await lease.backlog(SHARDS)
        metrics.OUTBOX_SIZE.set(rows)
        metrics.OUTBOX_OLDEST_SECONDS.set(oldest)

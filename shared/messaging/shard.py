"""One shard of the outbox in the hands of one relay: fence, then read, send, commit, delete."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence

import asyncpg
import structlog
from aiokafka.errors import KafkaError

from shared.db import is_transient
from shared.messaging.envelope import headers_of
from shared.messaging.lease import Lease
from shared.messaging.producer import FencedProducer, Message
from shared.observability import metrics, spans

ROWS = 1000
"""Rows of one transaction."""
ROUND_SECONDS = 20.0

log = structlog.get_logger()


class Shard:
    """Publishes a shard as long as everything goes well; ``task`` ends with the first failure."""

    def __init__(
        self,
        shard: int,
        *,
        lease: Lease,
        bootstrap: str,
        service: str,
        prefix: str,
        on_end: Callable[[], None],
    ) -> None:
        self._shard = shard
        self._lease = lease
        self._service = service
        self._prefix = prefix
        self._bootstrap = bootstrap
        self._wake = asyncio.Event()
        self._finishing = False
        self._ending = False
        self.publishing = False
        self.published = False
        """Whether something went through since the relay last looked."""
        self.task = asyncio.create_task(self._run(), name=f"relay-{service}-{shard}")
        self.task.add_done_callback(lambda _: on_end())

    def wake(self) -> None:
        """There may be rows."""
        self._wake.set()

    def finish(self) -> None:
        """End after the round in hand."""
        self._finishing = True
        self._wake.set()

    def give_up(self) -> None:
        """End now, in the middle of a round if need be."""
        if not self._ending:  # or its producer would stay half closed
            self.task.cancel()

    async def _run(self) -> None:
        # Made here: a task that is cancelled before its first step would never drop it.
        producer = FencedProducer(
            self._bootstrap, transactional_id=f"{self._prefix}{self._service}-relay-{self._shard}"
        )
        try:
            async with asyncio.timeout(ROUND_SECONDS):
                await producer.start()
            self.publishing = True
            await self._drain(producer)
        except (KafkaError, TimeoutError) as error:
            metrics.RELAY_FAILED.labels("kafka").inc()
            log.warning(
                "A shard of the outbox could not be published; it is tried again",
                action="relay.failed",
                shard=self._shard,
                error=type(error).__name__,
            )
        except Exception as error:
            # Where its connection is lost the relay itself says so, once for all shards.
            if not is_transient(error):
                log.exception("A shard of the outbox failed", action="relay.broken")
        finally:
            self._ending = True
            self.publishing = False
            await producer.drop()

    async def _drain(self, producer: FencedProducer) -> None:
        while not self._finishing:
            self._wake.clear()
            began = time.perf_counter()
            rows = await self._lease.rows(self._shard, ROWS)
            if not rows:
                await self._wake.wait()
                continue
            with spans.each("publish", "producer", lambda: _traceparents(rows)) as sent:  # noqa: B023
                async with asyncio.timeout(ROUND_SECONDS):
                    await producer.send(
                        self._message(row, sent.get(place)) for place, row in enumerate(rows)
                    )
            await self._lease.delete([row["id"] for row in rows])
            self.published = True
            metrics.RELAY_SECONDS.observe(time.perf_counter() - began)
            metrics.RELAY_BATCH_SIZE.observe(len(rows))
            for topic, count in Counter(row["topic"] for row in rows).items():
                metrics.RELAY_PUBLISHED.labels(topic).inc(count)

    def _message(self, row: asyncpg.Record, traceparent: str | None) -> Message:
        return Message(
            self._prefix + row["topic"],
            row["key"].encode(),
            row["body"],
            headers_of(row, self._service, traceparent=traceparent),
        )


def _traceparents(rows: Sequence[asyncpg.Record]) -> list[str | None]:
    return [row["traceparent"] for row in rows]

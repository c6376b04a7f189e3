"""Apply a batch of records: one transaction, retries for what passes by, the bad ones set aside."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import structlog

from shared.backoff import delays, stops_within
from shared.db import Connection, Pool, is_transient, transaction
from shared.messaging.consumer import Committed, Consumer
from shared.messaging.dead_letters import Parked, park, parked_lately, verdict
from shared.messaging.records import Record
from shared.observability import metrics, spans
from shared.observability.trace import carrying, valid_traceparent

Item = TypeVar("Item")

log = structlog.get_logger()


class Halted(Exception):  # noqa: N818 - a state, not a mistake of the code
    """Too many records in a row were bad: the fault is not theirs."""


class RetryLater(Exception):  # noqa: N818
    """The retry budget is used up, or the process stops: nothing was done."""


@dataclass
class _Sorted(Generic[Item]):
    """What decoding made of a batch. ``records[i]`` became ``items[i]``; ``order`` holds all that
    were not skipped, good or bad, as they came."""

    order: list[Record] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    items: Sequence[Item] = field(default_factory=list)
    bad: list[Parked] = field(default_factory=list)
    skipped: int = 0
    spans: Mapping[int, str] = field(default_factory=dict)
    """The traceparents of the traced ones, by their place in ``items``."""

    async def handled(
        self, consumer: Consumer[Item], connection: Connection, *, low: int, high: int
    ) -> Committed | None:
        """Give a part of the items to the consumer."""
        committed = await consumer.handle(connection, self.items[low:high])
        if self.spans and consumer.trace:
            traced = [
                (self.items[place], traceparent)
                for place, traceparent in self.spans.items()
                if low <= place < high
            ]
            if traced:
                await consumer.trace(connection, traced)
        return committed


class Batches(Generic[Item]):
    """Applies the batches of one consumer, one after the other."""

    def __init__(
        self,
        consumer: Consumer[Item],
        *,
        group: str,
        pool: Pool,
        bad_in_a_row: int,
        budget: float,
        stopping: asyncio.Event,
    ) -> None:
        self._consumer = consumer
        self._group = group
        self._pool = pool
        self._limit = bad_in_a_row
        self._budget = budget
        self._stopping = stopping
        self._types = {event.type.encode() for event in consumer.events}
        self._in_a_row: int | None = None

    async def apply(self, records: Sequence[Record]) -> None:
        """Commit the effects of the good records and park the bad ones, together.

        Raises ``RetryLater`` or ``Halted``; then no effect of the batch was committed.
        """
        began = time.perf_counter()
        batch = self._sort(records)
        seconds = metrics.CONSUMER_SECONDS
        decoded = time.perf_counter()
        seconds.labels(self._group, "decode").inc(decoded - began)
        try:
            with spans.each(
                f"process {self._consumer.topic.name}",
                "consumer",
                lambda: map(_traceparent, batch.records),
                {"messaging.consumer.group.name": self._group},
            ) as batch.spans:
                newest = [*batch.spans.values()][-1:]
                with carrying(newest[0] if newest else _traceparent(records[-1])):
                    await self._commit(batch)
        finally:
            seconds.labels(self._group, "work").inc(time.perf_counter() - decoded)
        if batch.skipped:
            metrics.CONSUMER_SKIPPED.labels(self._group).inc(batch.skipped)

    def _sort(self, records: Sequence[Record]) -> _Sorted[Item]:
        batch = _Sorted[Item]()
        for record in records:
            kind = None
            for name, value in record.headers:
                if name == "ce_type":
                    kind = value
                    break
            if record.value is None or (kind not in self._types and _readable(kind)):
                batch.skipped += 1
                continue
            batch.order.append(record)
            if kind in self._types:
                batch.records.append(record)
            else:
                batch.bad.append(Parked(record, "undecodable", "no readable ce_type"))
        if not self._decoded_at_once(batch):
            self._decode_each(batch)
        return batch

    def _decoded_at_once(self, batch: _Sorted[Item]) -> bool:
        if self._consumer.decode_batch is None:
            return False
        try:
            batch.items = self._consumer.decode_batch(batch.records)
        except Exception:
            return False
        return len(batch.items) == len(batch.records)

    def _decode_each(self, batch: _Sorted[Item]) -> None:
        records, batch.records = batch.records, []
        items: list[Item] = []
        for record in records:
            try:
                items.append(self._consumer.decode(record))
            except Exception as error:
                batch.bad.append(verdict(record, error, decoding=True))
            else:
                batch.records.append(record)
        batch.items = items

    async def _commit(self, batch: _Sorted[Item]) -> None:
        until = time.monotonic() + self._budget
        for delay in delays():
            try:
                bad = await self._attempt(batch)
            except Exception as error:
                if not is_transient(error):
                    raise
                metrics.CONSUMER_RETRIES.labels(self._group, type(error).__name__).inc()
                log.warning(
                    "A batch failed for a reason that passes by; it is tried again",
                    action="consumer.retry",
                    group=self._group,
                    error=type(error).__name__,
                )
                if time.monotonic() + delay > until or await stops_within(self._stopping, delay):
                    raise RetryLater from error
            else:
                for letter in bad:
                    metrics.DEAD_LETTERS_PARKED.labels(self._group, letter.reason).inc()
                return

    async def _attempt(self, batch: _Sorted[Item]) -> list[Parked]:
        """All at once, as if everything were good; where it is not, find the bad ones."""
        if not batch.bad:
            try:
                if batch.items:
                    async with transaction(self._pool) as connection:
                        committed = await batch.handled(
                            self._consumer, connection, low=0, high=len(batch.items)
                        )
                    if committed:
                        committed()
                    self._in_a_row = 0
                return []
            except Exception as error:
                if is_transient(error):
                    raise
        sieve = _Sieve(self._consumer, batch, limit=self._limit)
        try:
            async with transaction(self._pool) as connection:
                if self._in_a_row is None:
                    # A halted consumer that is started again goes no further than it came.
                    self._in_a_row = await parked_lately(connection, self._group, limit=self._limit)
                await sieve.settle(connection)
                run = _bad_at_the_end(batch.order, sieve.bad, self._in_a_row, limit=self._limit)
                await park(connection, self._group, sieve.bad)
        except Halted:
            # Nothing is applied, but whoever comes to look must see what is wrong with them.
            async with transaction(self._pool) as connection:
                await park(connection, self._group, sieve.bad[: self._limit])
            raise
        for committed in sieve.committed:
            committed()
        self._in_a_row = run
        return sieve.bad


class _Sieve(Generic[Item]):
    """Finds the bad records of a batch by halves, in order, in savepoints of one transaction."""

    def __init__(self, consumer: Consumer[Item], batch: _Sorted[Item], *, limit: int) -> None:
        self._consumer = consumer
        self._batch = batch
        self._limit = limit
        self._refused_in_a_row = 0
        self.bad = list(batch.bad)
        self.committed: list[Committed] = []

    async def settle(self, connection: Connection) -> None:
        """Apply the good ones; ``bad`` holds the others afterwards, ``committed`` what is to be
        called after the commit. Raises ``Halted``."""
        if self._batch.items:
            await self._halve(connection, 0, len(self._batch.items))

    async def _halve(self, connection: Connection, low: int, high: int) -> None:
        try:
            async with connection.transaction():
                committed = await self._batch.handled(
                    self._consumer, connection, low=low, high=high
                )
                # Or a deferred rule would only speak at the commit, of no record in particular.
                await connection.execute("set constraints all immediate")
        except Exception as error:
            if is_transient(error):
                raise
            if high - low > 1:
                middle = (low + high) // 2
                await self._halve(connection, low, middle)
                await self._halve(connection, middle, high)
                return
            self.bad.append(verdict(self._batch.records[low], error))
            self._refused_in_a_row += 1
            if self._refused_in_a_row > self._limit:  # do not try thousands more
                raise Halted(f"{self.bad[-1].reason}: {self.bad[-1].detail}") from error
        else:
            self._refused_in_a_row = 0
            if committed:
                self.committed.append(committed)


def _bad_at_the_end(order: Sequence[Record], bad: Sequence[Parked], run: int, *, limit: int) -> int:
    """Length of the run of bad records that ``order`` ends with, when ``run`` came before it.
    Raises ``Halted`` where any run is longer than ``limit``."""
    reasons = {(letter.record.partition, letter.record.offset): letter for letter in bad}
    for record in order:
        letter = reasons.get((record.partition, record.offset))
        run = run + 1 if letter else 0
        if letter and run > limit:
            raise Halted(f"{letter.reason}: {letter.detail}")
    return run


def _readable(kind: bytes | None) -> bool:
    return kind is not None and kind != b"" and kind.isascii()


def _traceparent(record: Record) -> str | None:
    found = record.header("traceparent")
    return found if found and valid_traceparent(found) else None

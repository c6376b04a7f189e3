"""A transactional producer that sends whole batches and can be dropped at any moment."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, NamedTuple
from zlib import crc32

from aiokafka import AIOKafkaProducer
from aiokafka.conn import CloseReason
from aiokafka.errors import KafkaError

BATCH_BYTES = 256 * 1024
MAX_REQUEST_BYTES = 1024 * 1024
REQUEST_SECONDS = 10
TRANSACTION_SECONDS = 15
"""How long readers wait for a transaction that nobody ends: a new holder ends it at once."""


class Message(NamedTuple):
    """One record to be; ``topic`` as the broker knows it."""

    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


def partition_of(key: bytes, partitions: int) -> int:
    """CRC-32 of the key (as librdkafka's ``consistent`` partitioner).

    The outbox shards by the same number, so with a multiple of its shards each partition has one
    writer, and a transaction touches few partitions.
    """
    return crc32(key) % partitions


class FencedProducer:
    """Whoever starts later with the same transactional id fences all others for good."""

    def __init__(self, bootstrap: str, *, transactional_id: str) -> None:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap,
            client_id=transactional_id,
            transactional_id=transactional_id,
            enable_idempotence=True,
            acks="all",
            max_batch_size=BATCH_BYTES,
            max_request_size=MAX_REQUEST_BYTES,
            request_timeout_ms=REQUEST_SECONDS * 1000,
            transaction_timeout_ms=TRANSACTION_SECONDS * 1000,
        )
        self._starting: asyncio.Task[None] | None = None
        # A broker that restarts may forget an open transaction and yet confirm its commit: no
        # transaction goes on across a lost connection.
        self._lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        client = self._producer.client
        self._after_closed = client._on_connection_closed
        client._on_connection_closed = self._on_connection_closed

    async def start(self) -> None:
        """Connect and fence the others. Raises ``KafkaError``."""
        self._starting = asyncio.create_task(self._producer.start())
        await asyncio.shield(self._starting)

    async def send(self, messages: Iterable[Message]) -> None:
        """Publish in one transaction, in order per key. Raises ``KafkaError``, and then nothing
        of it is readable, or all: the caller sends again with a new producer."""
        sending = asyncio.ensure_future(self._transact(messages))
        try:
            await asyncio.wait({sending, self._lost}, return_when=asyncio.FIRST_COMPLETED)
            if self._lost.done():
                raise KafkaError("a connection to the broker was lost")
            await sending
        finally:
            sending.cancel()

    async def _transact(self, messages: Iterable[Message]) -> None:
        await self._producer.begin_transaction()
        partitions = _Partitions(self._producer)
        for message in messages:
            await partitions.append(message)
        # A commit does not ask whether each batch arrived: ask before.
        await asyncio.gather(*await partitions.flush())
        await self._producer.commit_transaction()

    def _on_connection_closed(self, connection: Any, reason: CloseReason) -> None:
        if reason not in (CloseReason.IDLE_DROP, CloseReason.SHUTDOWN) and not self._lost.done():
            self._lost.set_result(None)
        self._after_closed(connection, reason)

    async def drop(self) -> None:
        """Close without waiting for what was not acknowledged. Takes seconds at most."""
        if self._starting:
            # A start that is cut off leaves its connections open.
            await asyncio.wait([self._starting], timeout=REQUEST_SECONDS)
            self._starting.cancel()
        # Otherwise stop() waits until a broker that is gone has taken every pending batch.
        self._producer._message_accumulator.fail_all(KafkaError("producer dropped"))
        # Its sender may then miss a batch that it wanted to queue again.
        with suppress(TimeoutError, KafkaError, KeyError):
            await asyncio.wait_for(self._producer.stop(), timeout=REQUEST_SECONDS + 5)


class _Partitions:
    """Collects the messages of one transaction into one batch per partition."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._counts: dict[str, int] = {}
        self._open: dict[tuple[str, int], Any] = {}
        self._sent: list[asyncio.Future[Any]] = []

    async def append(self, message: Message) -> None:
        topic, key, value, headers = message
        count = self._counts.get(topic)
        if count is None:
            count = self._counts[topic] = len(await self._producer.partitions_for(topic))
        place = (topic, partition_of(key, count))
        batch = self._open.get(place)
        if batch is None:
            batch = self._open[place] = self._producer.create_batch()
        if batch.append(timestamp=None, key=key, value=value, headers=headers) is None:
            await self._send(place)
            batch = self._open[place] = self._producer.create_batch()
            batch.append(timestamp=None, key=key, value=value, headers=headers)

    async def flush(self) -> "list[asyncio.Future[Any]]":
        for place in list(self._open):
            await self._send(place)
        return self._sent

    async def _send(self, place: tuple[str, int]) -> None:
        topic, partition = place
        batch = self._open.pop(place)
        batch.close()
        self._sent.append(await self._producer.send_batch(batch, topic, partition=partition))

"""Writes records to a topic the way a relay does, and the ways it never would."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from aiokafka import AIOKafkaProducer

from shared.contracts import Event
from shared.db import uuid7
from shared.messaging.envelope import headers_of


class Raw(NamedTuple):
    """``partition`` None lets the key decide."""

    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]
    partition: int | None = None


def record_of(event: Event, *, partition: int | None = None) -> Raw:
    """What the relay would send of an event."""
    row = {
        "event_type": event.type,
        "event_id": uuid7(),
        "time": datetime.now(UTC),
        "tenant_id": event.tenant_id,
        "subject": event.subject(),
        "traceparent": None,
    }
    return Raw(event.key().encode(), event.body(), headers_of(row, "test"), partition)


async def produce(bootstrap: str, topic: str, records: Sequence[Raw]) -> None:
    """Send all, in order, and wait until the broker has them."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=True, acks="all", linger_ms=5
    )
    await producer.start()
    try:
        sent = [
            await producer.send(
                topic,
                key=record.key,
                value=record.value,
                headers=record.headers,
                partition=record.partition,
            )
            for record in records
        ]
        for future in sent:
            await future
    finally:
        await producer.stop()

"""The only way to register a consumer.

FastStream's defaults lose messages: unset acknowledgement is "at most once", a null or binary
header skips the record, an exception with manual acknowledgement too. Here everything that decides
about delivery is fixed once, for all consumers.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.exceptions import NackMessage
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber

from shared.backoff import delays, stops_within
from shared.db import Pool
from shared.messaging.batches import Batches, Halted, RetryLater
from shared.messaging.consumer import Consumer
from shared.messaging.membership import Membership
from shared.messaging.records import Record
from shared.observability import metrics

SESSION_SECONDS = 10
HEARTBEAT_SECONDS = 1
"""A member learns of a rebalance from its heartbeat; the others wait for it."""
MAX_POLL_SECONDS = 300
RETRY_BUDGET = 60.0
"""Seconds a batch is tried again before its records are fetched again; far below the poll limit."""
POLL_MILLISECONDS = 10
"""FastStream is deaf for as long again after an empty poll."""
FETCH_BYTES = 384 * 1024
"""Per partition, and of all together as much as one topic has: about two batches. What is fetched
ahead stands in memory twice."""

log = structlog.get_logger()


class Subscription:
    """A registered consumer: what it did, and whether it still does."""

    def __init__(self, consumer: Consumer[Any], group: str, subscriber: BatchSubscriber) -> None:
        self.consumer = consumer
        self.group = group
        self.subscriber = subscriber
        self.assigned = False
        self.halted = False
        self.busy = False
        self.batches = 0
        """Batches dealt with, for whoever looks for progress."""

    @property
    def client(self) -> AIOKafkaConsumer | None:
        """The Kafka consumer; None before the start and after the stop."""
        return self.subscriber.consumer


def subscribe(
    broker: KafkaBroker,
    consumer: Consumer[Any],
    *,
    pool: Pool,
    prefix: str = "",
    on_committed: Callable[[Consumer[Any]], None] | None = None,
    bad_in_a_row: int = 100,
    retry_budget: float = RETRY_BUDGET,
    stopping: asyncio.Event | None = None,
) -> Subscription:
    """Register ``consumer`` on ``broker``, which is not started yet.

    Batches are taken one after the other. Offsets follow the data: they are committed after the
    transaction. ``stopping`` ends waits for a retry early.
    """
    group = consumer.group(prefix)
    stopping = stopping or asyncio.Event()
    listener = _Assignments()
    subscriber = broker.subscriber(
        prefix + consumer.topic.name,
        batch=True,
        batch_timeout_ms=POLL_MILLISECONDS,
        max_records=consumer.max_records,
        group_id=group,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        session_timeout_ms=SESSION_SECONDS * 1000,
        heartbeat_interval_ms=HEARTBEAT_SECONDS * 1000,
        max_poll_interval_ms=MAX_POLL_SECONDS * 1000,
        fetch_max_bytes=24 * FETCH_BYTES,
        max_partition_fetch_bytes=FETCH_BYTES,
        listener=listener,
        no_reply=True,
    )
    subscription = Subscription(consumer, group, subscriber)
    listener.subscription = subscription
    batches = Batches(
        consumer,
        group=group,
        pool=pool,
        bad_in_a_row=bad_in_a_row,
        budget=retry_budget,
        stopping=stopping,
    )
    metrics.CONSUMER_HALTED.labels(group).set(0)
    # At zero from the beginning: a rate cannot see the step from nothing to the first.
    metrics.CONSUMER_RECORDS.labels(consumer.topic.name, group)
    metrics.CONSUMER_EVENT_AGE_SECONDS.labels(consumer.topic.name, group)
    metrics.CONSUMER_SKIPPED.labels(group)

    waits = delays()

    async def take(records: Any) -> None:
        nonlocal waits
        if not subscription.halted:
            try:
                subscription.busy = True
                await batches.apply([_record(record, consumer) for record in records])
            except Halted as reason:
                _halt(subscription, reason, bad_in_a_row)
            except RetryLater:
                subscription.batches += 1  # it waits for others: a restart would not help
                await stops_within(stopping, next(waits))
                raise NackMessage from None
            except Exception:
                log.exception(
                    "A batch could neither be applied nor set aside; it is tried again",
                    action="consumer.failed",
                    group=group,
                )
                await stops_within(stopping, next(waits))
                raise NackMessage from None
            else:
                subscription.batches += 1
                waits = delays()
            finally:
                subscription.busy = False
        if subscription.halted:
            await stopping.wait()
            raise NackMessage
        _count(subscription, records)
        if on_committed:
            on_committed(consumer)

    subscriber(take, parser=_tolerant_parser(subscription), decoder=_as_they_are)
    return subscription


def _record(record: ConsumerRecord, consumer: Consumer[Any]) -> Record:
    return Record(
        consumer.topic.name,
        record.partition,
        record.offset,
        record.key,
        record.value,
        record.headers,
    )


def _halt(subscription: Subscription, reason: Halted, limit: int) -> None:
    subscription.halted = True
    metrics.CONSUMER_HALTED.labels(subscription.group).set(1)
    log.error(
        f"{subscription.group} has halted: more than {limit} records in a row were bad, so the "
        "fault is hardly theirs. Nothing is lost: its offsets stand still. Look at the reasons "
        "with `tera dead-letters list`, put right what they share (a migration, a deployment, the "
        "writer), start the worker again, then `tera dead-letters replay --all`.",
        action="consumer.halted",
        group=subscription.group,
        reason=str(reason),
    )


def _count(subscription: Subscription, records: tuple[ConsumerRecord, ...]) -> None:
    group, topic = subscription.group, subscription.consumer.topic.name
    metrics.CONSUMER_RECORDS.labels(topic, group).inc(len(records))
    metrics.CONSUMER_BATCH_SIZE.labels(group).observe(len(records))
    now = time.time()
    ages = metrics.CONSUMER_EVENT_AGE_SECONDS.labels(topic, group)
    for record in records[:1] + records[1:][-1:]:  # the two ends stand for the batch
        ages.observe(max(0.0, now - _written(_record(record, subscription.consumer), record)))


def _written(record: Record, raw: ConsumerRecord) -> float:
    try:
        return datetime.fromisoformat(record.ce("time") or "").timestamp()
    except ValueError:
        return float(raw.timestamp) / 1000


class _Assignments(ConsumerRebalanceListener):  # type: ignore[misc]
    subscription: Subscription

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        self.subscription.assigned = False

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self.subscription.assigned = True


class _BatchMessage(KafkaAckableMessage):
    """Commits what was polled; goes back to the first record of each partition still held."""

    group = ""

    async def ack(self) -> None:
        began = time.perf_counter()
        membership = Membership(self.consumer)
        try:
            await super().ack()
        except KafkaError as error:
            await membership.end_former()
            log.warning(
                "Offsets were not committed; the records come again and count once",
                action="consumer.offsets",
                group=self.group,
                error=type(error).__name__,
            )
        metrics.CONSUMER_SECONDS.labels(self.group, "commit").inc(time.perf_counter() - began)

    async def nack(self) -> None:
        firsts: dict[TopicPartition, int] = {}
        for record in self.raw_message:
            place = TopicPartition(record.topic, record.partition)
            firsts[place] = min(record.offset, firsts.get(place, record.offset))
        for place, offset in firsts.items():
            try:
                self.consumer.seek(place, offset)
            except IllegalStateError:  # somebody else's by now, who begins at the committed offset
                log.info(
                    "A batch went to another member", action="consumer.moved", group=self.group
                )


def _tolerant_parser(subscription: Subscription) -> Callable[[Any], Any]:
    """Headers stay as they are: the default parser decodes them all, and a null or binary one makes
    it skip the record."""

    async def parse(raw: tuple[ConsumerRecord, ...]) -> _BatchMessage:
        message = _BatchMessage(
            body=b"",
            raw_message=raw,
            message_id=f"{raw[0].offset}-{raw[-1].offset}",
            consumer=subscription.client,
        )
        message.group = subscription.group
        return message

    return parse


async def _as_they_are(message: Any) -> Any:
    """The default decoder takes ten times as long as everything else together."""
    return message.raw_message

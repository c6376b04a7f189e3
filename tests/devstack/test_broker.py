"""What the relay and the consumers rely upon, on whichever broker BROKER names."""

import gc
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, ProducerFenced

from devstack.broker import Broker, selected_broker
from tests.devstack.running import nothing_left, own_folder
from tests.support.waiting import eventually

pytestmark = pytest.mark.broker

survives_a_crash = pytest.mark.skipif(
    os.environ.get("BROKER", "noida") == "noida",
    reason="noida-db forgets what it acknowledged since its last snapshot: ADR 3",
)


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    with own_folder() as folder:
        server = selected_broker(folder)
        server.start()
        yield server
        server.stop()
        nothing_left(folder)


@pytest.fixture(autouse=True)
def _finish_fenced_producers() -> Iterator[None]:
    """Collect here what they leave behind: a failed future whose finaliser prints a traceback.

    Where that happens while Python 3.11 compiles something, the compiler fails.
    """
    yield
    gc.collect()


@asynccontextmanager
async def producer(broker: Broker, **options: object) -> AsyncIterator[AIOKafkaProducer]:
    async def started() -> AIOKafkaProducer:
        sender = AIOKafkaProducer(
            bootstrap_servers=broker.bootstrap, acks="all", enable_idempotence=True, **options
        )
        try:
            await sender.start()
        except KafkaError as error:  # a fresh broker is still making its own topics
            await sender.stop()
            raise AssertionError(error) from error
        return sender

    sender = await eventually(started, within=30)
    try:
        yield sender
    finally:
        await sender.stop()


@asynccontextmanager
async def consumer(broker: Broker, **options: object) -> AsyncIterator[AIOKafkaConsumer]:
    reader = AIOKafkaConsumer(
        bootstrap_servers=broker.bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        **options,
    )
    await reader.start()
    try:
        yield reader
    finally:
        await reader.stop()


@pytest.fixture
async def topic(broker: Broker) -> str:
    name = f"topic-{uuid4().hex}"
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 1, 1)])
    finally:
        await admin.close()
    return name


async def visible(broker: Broker, topic: str, number: int, *, committed: bool = True) -> list[str]:
    """Wait for at least `number` records; return all that a reader from the start sees."""
    level = "read_committed" if committed else "read_uncommitted"
    async with consumer(broker, isolation_level=level) as reader:
        partition = TopicPartition(topic, 0)
        reader.assign([partition])
        await reader.seek_to_beginning(partition)
        (end,) = (await reader.end_offsets([partition])).values()
        found: list[str] = []

        async def read() -> bool:
            for records in (await reader.getmany(timeout_ms=100)).values():
                found.extend(record.value.decode() for record in records)
            return len(found) >= number and await reader.position(partition) >= end

        await eventually(read, within=20)
        return found


async def test_a_newer_producer_fences_the_older_one(broker: Broker, topic: str) -> None:
    holder = uuid4().hex
    async with (
        producer(broker, transactional_id=holder) as older,
        producer(broker) as marker,
    ):
        async with older.transaction():
            await older.send_and_wait(topic, b"older")
        await older.begin_transaction()
        await older.send_and_wait(topic, b"never committed")
        async with producer(broker, transactional_id=holder) as newer:
            with pytest.raises(ProducerFenced):
                await older.commit_transaction()
            async with newer.transaction():
                await newer.send_and_wait(topic, b"newer")
        await marker.send_and_wait(topic, b"end")
        assert await visible(broker, topic, 3) == ["older", "newer", "end"]


async def test_an_idle_older_producer_is_fenced_too(broker: Broker, topic: str) -> None:
    holder = uuid4().hex
    async with producer(broker, transactional_id=holder) as older:
        async with older.transaction():
            await older.send_and_wait(topic, b"older")
        async with producer(broker, transactional_id=holder) as newer:
            with pytest.raises(ProducerFenced):
                async with older.transaction():
                    await older.send_and_wait(topic, b"zombie")
            async with newer.transaction():
                await newer.send_and_wait(topic, b"newer")
    assert await visible(broker, topic, 2) == ["older", "newer"]


async def test_readers_see_neither_aborted_nor_open_transactions(
    broker: Broker, topic: str
) -> None:
    async with producer(broker, transactional_id=uuid4().hex) as sender:
        await sender.begin_transaction()
        await sender.send_and_wait(topic, b"aborted")
        await sender.abort_transaction()
        async with sender.transaction():
            await sender.send_and_wait(topic, b"good")
        await sender.begin_transaction()
        await sender.send_and_wait(topic, b"open")
        assert await visible(broker, topic, 1) == ["good"]
        everything = await visible(broker, topic, 3, committed=False)
        assert everything == ["aborted", "good", "open"]
        await sender.commit_transaction()
        assert await visible(broker, topic, 2) == ["good", "open"]


async def test_an_ordered_restart_keeps_records_offsets_and_port(
    broker: Broker, topic: str
) -> None:
    group, partition = uuid4().hex, TopicPartition(topic, 0)
    before = broker.bootstrap
    async with producer(broker) as sender:
        for number in range(100):
            await sender.send_and_wait(topic, b"%d" % number)
    async with consumer(broker, group_id=group) as reader:
        reader.assign([partition])
        await reader.commit({partition: 60})
    broker.stop()
    assert not broker.running
    broker.start()
    assert broker.bootstrap == before
    assert len(await visible(broker, topic, 100)) == 100
    async with consumer(broker, group_id=group) as reader:
        reader.assign([partition])

        async def kept() -> bool:
            return bool(await reader.committed(partition) == 60)

        # Kafka answers "none" for a moment while its coordinator reads its log after a start.
        await eventually(kept)


async def test_it_starts_again_after_a_crash(broker: Broker, topic: str) -> None:
    broker.kill()
    broker.start()
    async with producer(broker) as sender:
        admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic(topic, 1, 1)])  # exists already if it was kept
        await admin.close()
        await sender.send_and_wait(topic, b"after")
    assert await visible(broker, topic, 1) == ["after"]


@survives_a_crash
async def test_a_crash_keeps_what_was_acknowledged(broker: Broker, topic: str) -> None:
    async with producer(broker) as sender:
        for number in range(100):
            await sender.send_and_wait(topic, b"%d" % number)
        broker.kill()
    broker.start()
    assert len(await visible(broker, topic, 100)) == 100


@survives_a_crash
async def test_a_restart_keeps_the_fence(broker: Broker, topic: str) -> None:
    holder = uuid4().hex
    async with (
        producer(broker, transactional_id=holder) as older,
        producer(broker, transactional_id=holder) as newer,
    ):
        broker.stop()
        broker.start()
        with pytest.raises(ProducerFenced):
            async with older.transaction():
                await older.send_and_wait(topic, b"zombie")
        async with newer.transaction():
            await newer.send_and_wait(topic, b"newer")
    assert await visible(broker, topic, 1) == ["newer"]

"""Every subscriber of every service is registered in the one way that loses nothing."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import pytest
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.subscriber.usecase import BatchSubscriber

from services import SERVICES
from shared.contracts import TOPICS
from shared.db import Pool
from shared.messaging.consumer import Consumer
from shared.messaging.consumers import Consumers
from shared.settings import Settings

ROOT = Path(__file__).parents[2]
NO_POOL = cast("Pool", None)


def definitions() -> Iterator[Consumer[Any]]:
    for service in SERVICES:
        define = getattr(import_module(f"services.{service}.app"), "consumers", None)
        yield from define(Settings(), NO_POOL) if define else ()


def test_every_reader_of_the_catalogue_reads() -> None:
    read = {(consumer.service, consumer.topic.name) for consumer in definitions()}
    assert read == {(reader, topic.name) for topic in TOPICS.values() for reader in topic.readers}


def test_consumers_read_kinds_that_their_topic_carries() -> None:
    for consumer in definitions():
        assert set(consumer.events) <= set(consumer.topic.events)
        assert consumer.events


async def test_settings_of_every_subscriber() -> None:
    found = list(definitions())
    consumers = Consumers(found, pool=NO_POOL, bootstrap="127.0.0.1:9", prefix="city.")
    assert len(consumers.broker.subscribers) == len(found) > 0
    groups = []
    for subscriber in consumers.broker.subscribers:
        refuse_wrong_settings(subscriber)
        groups.append(subscriber.group_id)
    assert len(set(groups)) == len(groups)
    assert all(group.startswith("city.") for group in groups)


def refuse_wrong_settings(subscriber: Any) -> None:
    assert isinstance(subscriber, BatchSubscriber)
    assert subscriber.ack_policy is AckPolicy.NACK_ON_ERROR
    assert subscriber.group_id
    assert len(subscriber.topics) == 1
    assert subscriber.max_records is not None
    assert 100 <= subscriber.max_records <= 10_000
    settings = subscriber._connection_args
    assert settings["auto_offset_reset"] == "earliest"
    assert settings["isolation_level"] == "read_committed"
    assert settings["enable_auto_commit"] is False
    assert settings["session_timeout_ms"] == 10_000
    assert settings["max_poll_interval_ms"] == 300_000
    assert "group_instance_id" not in settings or settings["group_instance_id"] is None
    (call,) = subscriber.calls
    assert call.item_parser is not None, "the default parser skips records with odd headers"
    assert call.item_decoder is not None, "the default decoder decodes every record by itself"


def test_the_walk_would_find_a_default_subscriber() -> None:
    subscriber = KafkaBroker("127.0.0.1:9").subscriber("facts", group_id="g", batch=True)
    with pytest.raises(AssertionError):
        refuse_wrong_settings(subscriber)


@pytest.mark.parametrize("folder", ["services", "shared", "cli"])
def test_nobody_subscribes_or_publishes_past_the_one_way(folder: str) -> None:
    for path in (ROOT / folder).rglob("*.py"):
        if path.name == "subscribe.py" and path.parent.name == "messaging":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute):
                assert node.attr not in {"subscriber", "publisher"} or "broker" not in ast.dump(
                    node.value
                ), f"{path}:{node.lineno} registers past shared.messaging.subscribe"

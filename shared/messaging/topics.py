"""Topics come from the catalogue: created by a command, compared with it, never changed."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from shared.backoff import delays
from shared.contracts import Topic


class NotThere(Exception):  # noqa: N818 - it reads as a sentence
    """Kafka or a topic is missing; the text says what to do."""


@dataclass(frozen=True)
class TopicState:
    """What `create` found or did. ``differences`` are sentences; none means as in the catalogue."""

    name: str
    created: bool
    partitions: int
    differences: tuple[str, ...] = ()
    missing: bool = False


@asynccontextmanager
async def administration(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """A connected admin client. Raises ``NotThere`` where no broker answers."""
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=10_000)
    try:
        try:
            await client.start()
        except KafkaError:
            raise NotThere(
                f"no Kafka broker answers at {bootstrap}: start it, or set TERA_KAFKA_BOOTSTRAP "
                "to one that runs."
            ) from None
        yield client
    finally:
        await client.close()


async def wait_for_topics(bootstrap: str, topics: Collection[str], *, within: float) -> None:
    """Return when all of ``topics`` exist. Raises ``NotThere`` after ``within`` seconds."""
    until = time.monotonic() + within
    for delay in delays(limit=2):
        try:
            async with asyncio.timeout(max(0.1, until - time.monotonic())):
                async with administration(bootstrap) as client:
                    missing = set(topics) - set(await client.list_topics())
            if not missing:
                return
            found = NotThere(
                f"these topics do not exist: {', '.join(sorted(missing))}. "
                "Create them with `tera topics create`."
            )
        except NotThere as error:
            found = error
        except (KafkaError, TimeoutError):
            found = NotThere(f"Kafka at {bootstrap} does not answer.")
        if time.monotonic() + delay >= until:
            raise found
        await asyncio.sleep(delay)


async def create_topics(
    bootstrap: str,
    topics: Iterable[Topic],
    *,
    prefix: str = "",
    partitions: int | None = None,
    replication_factor: int = 1,
) -> list[TopicState]:
    """Create what is missing and compare what is there; nothing that exists is changed.

    ``partitions`` overrides the catalogue (tests, small machines). Raises ``NotThere`` where no
    broker answers and ``KafkaError`` where it refuses.
    """
    async with administration(bootstrap) as client:
        known = set(await client.list_topics())
        states = []
        for topic in topics:
            name = prefix + topic.name
            count = partitions or topic.partitions
            if name not in known and await _created(client, topic, name, count, replication_factor):
                states.append(TopicState(name, created=True, partitions=count))
            else:
                states.append(await _compared(client, topic, name, count))
        return states


async def compare_topics(
    bootstrap: str, topics: Iterable[Topic], *, prefix: str = ""
) -> list[TopicState]:
    """Compare what is there with the catalogue. Raises ``NotThere`` and ``KafkaError``."""
    async with administration(bootstrap) as client:
        known = set(await client.list_topics())
        return [
            await _compared(client, topic, prefix + topic.name, topic.partitions)
            if prefix + topic.name in known
            else TopicState(prefix + topic.name, created=False, partitions=0, missing=True)
            for topic in topics
        ]


async def _created(
    client: AIOKafkaAdminClient, topic: Topic, name: str, partitions: int, replication_factor: int
) -> bool:
    wanted = NewTopic(name, partitions, replication_factor, topic_configs=topic.settings)
    with suppress(TopicAlreadyExistsError):
        response = await client.create_topics([wanted])
        for _, code, *message in response.topic_errors:
            if code:
                raise for_code(code)(*message)
        return True
    return False


async def _compared(
    client: AIOKafkaAdminClient, topic: Topic, name: str, partitions: int
) -> TopicState:
    found = await client.describe_topics([name])
    count = len(found[0]["partitions"])
    differences = []
    if count != partitions:
        differences.append(_about_partitions(topic, count, partitions))
    settings = await _settings(client, name)
    for setting, value in topic.settings.items():
        if settings.get(setting, value) != value:
            differences.append(f"{setting} is {settings[setting]}, the catalogue says {value}")
    return TopicState(name, created=False, partitions=count, differences=tuple(differences))


def _about_partitions(topic: Topic, found: int, wanted: int) -> str:
    said = f"has {found} partitions, the catalogue says {wanted}"
    if "compact" in topic.settings.get("cleanup.policy", ""):
        return said + ": left alone, keys of a compacted topic would move; grow by a new version"
    return said + ": left alone, the order per key would break while both numbers are in use"


async def _settings(client: AIOKafkaAdminClient, name: str) -> dict[str, str]:
    responses = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    found: dict[str, Any] = {}
    for response in responses:
        for _, _, _, _, entries in response.resources:
            found |= {entry[0]: entry[1] for entry in entries}
    return found

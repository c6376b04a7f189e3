"""Where a consumer group stands: its lag, and taking it back (after a restored backup)."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError, KafkaError
from aiokafka.structs import OffsetAndMetadata

from shared.messaging.topics import NotThere, administration

_TRIES = 20
_MOST_MARKERS = 16
_MARKERS_MILLISECONDS = 1000


class GroupInUse(Exception):  # noqa: N818 - it reads as a sentence
    """Offsets cannot be set under living members: they would commit over them."""


@dataclass(frozen=True)
class Position:
    """A group on one partition. ``committed`` is None where it has not begun; ``end`` is the offset
    after the last committed record."""

    partition: int
    committed: int | None
    end: int
    first: int

    @property
    def lag(self) -> int:
        begins = self.first if self.committed is None else max(self.committed, self.first)
        return max(0, self.end - begins)


@dataclass(frozen=True)
class Moved:
    """What a rewind did on one partition."""

    partition: int
    before: int | None
    after: int


async def positions(bootstrap: str, *, group: str, topic: str) -> list[Position]:
    """Of every partition; ``topic`` is the broker's name. Raises ``NotThere``, ``KafkaError``."""
    async with _reader(bootstrap, group, topic) as reader:
        places = sorted(reader.assignment())
        ends = await reader.end_offsets(places)
        firsts = await reader.beginning_offsets(places)
        found = [
            Position(place.partition, await reader.committed(place), ends[place], firsts[place])
            for place in places
        ]
        return [await _without_markers(reader, topic, position) for position in found]


async def _without_markers(reader: AIOKafkaConsumer, topic: str, position: Position) -> Position:
    """The position, whose end is that of the group where only marks of ended transactions follow:
    they take offsets, and a group that has read every record does not commit beyond them."""
    if not 0 < position.lag <= _MOST_MARKERS:
        return position
    place = TopicPartition(topic, position.partition)
    begins = position.end - position.lag
    reader.seek(place, begins)
    records = await reader.getmany(place, timeout_ms=_MARKERS_MILLISECONDS)
    if any(records.values()) or await reader.position(place) == begins:
        return position
    return replace(position, end=begins)


async def rewind(
    bootstrap: str,
    *,
    group: str,
    topic: str,
    to: datetime | None,
    not_beyond: Mapping[int, int] | None = None,
) -> list[Moved]:
    """Set the group back to the first record published at or after ``to`` (None: the beginning),
    never forward. Counting once makes what is read again harmless.

    ``not_beyond`` are offsets by partition: where the group stood at the time of a backup. What it
    had not read by then was published earlier, however long it had lagged.

    Raises ``GroupInUse`` where a member of the group lives, ``NotThere`` and ``KafkaError``.
    """
    async with administration(bootstrap) as client:
        await _refuse_members(client, group)
    async with _reader(bootstrap, group, topic) as reader:
        places = sorted(reader.assignment())
        targets = await _targets(reader, places, to)
        if not_beyond:
            firsts = await reader.beginning_offsets(places)
            for place in places:
                stood = max(firsts[place], not_beyond.get(place.partition, 0))
                targets[place] = min(stood, stood if targets[place] is None else targets[place])
        moved = []
        for place in places:
            before, target = await reader.committed(place), targets[place]
            if before is not None and target is not None and target < before:
                moved.append(Moved(place.partition, before, target))
        if moved:
            await reader.commit(
                {TopicPartition(topic, m.partition): OffsetAndMetadata(m.after, "") for m in moved}
            )
        return moved


async def _targets(
    reader: AIOKafkaConsumer, places: list[TopicPartition], to: datetime | None
) -> dict[TopicPartition, int | None]:
    if to is None:
        return dict(await reader.beginning_offsets(places))
    milliseconds = int(to.timestamp() * 1000)
    found = await reader.offsets_for_times(dict.fromkeys(places, milliseconds))
    return {place: at.offset if at else None for place, at in found.items()}


async def members_of(bootstrap: str, group: str) -> list[str]:
    """Who reads for the group now, each with its address. Raises ``NotThere``, ``KafkaError``."""
    async with administration(bootstrap) as client:
        return await _members(client, group)


async def _refuse_members(client: AIOKafkaAdminClient, group: str) -> None:
    if members := await _members(client, group):
        raise GroupInUse(
            f"{group} is being consumed by {', '.join(sorted(members))}: stop these worker "
            "processes, then rewind, then start them again"
        )


async def _members(client: AIOKafkaAdminClient, group: str) -> list[str]:
    for attempt in range(_TRIES):
        try:
            described = await client.describe_consumer_groups([group])
            break
        except GroupCoordinatorNotAvailableError:  # its offsets topic is just being made
            if attempt == _TRIES - 1:
                raise
            await asyncio.sleep(0.25)
    return [
        f"{member[1]} at {member[2].lstrip('/')}"
        for response in described
        for _, _, _, _, _, found, *_ in response.groups
        for member in found
    ]


@asynccontextmanager
async def _reader(bootstrap: str, group: str, topic: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer that reads and sets the group's offsets without becoming a member."""
    reader = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=group,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )
    try:
        await reader.start()
        partitions = await partitions_of(bootstrap, topic)
        reader.assign([TopicPartition(topic, partition) for partition in partitions])
        yield reader
    finally:
        await reader.stop()


async def partitions_of(bootstrap: str, topic: str) -> list[int]:
    """The partitions of a topic by the broker's name. Raises ``NotThere`` and ``KafkaError``."""
    async with administration(bootstrap) as client:
        if topic not in await client.list_topics():
            raise NotThere(
                f"there is no topic {topic}: `tera topics create` makes those of the catalogue"
            )
        (described,) = await client.describe_topics([topic])
        if described["error_code"]:
            raise KafkaError(f"{topic} cannot be described: error {described['error_code']}")
        return [partition["partition"] for partition in described["partitions"]]

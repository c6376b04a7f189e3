"""What stands on the topics, for the owner of a restored database: it published more than it knows.

After a backup an owner went on publishing. Restored, it would give out versions and revisions that
its readers have seen already, and ignore. So it is shown its own topics before it works again.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.contracts import Topic
from shared.messaging.consumer import Refused, decode_event
from shared.messaging.positions import partitions_of
from shared.messaging.records import Record

Ends = Mapping[int, int]
"""The offset after the last record, by partition."""

POLL_MILLISECONDS = 500


class Told(NamedTuple):
    """An event as its owner published it, and when it did."""

    event: Any
    time: datetime


@dataclass(frozen=True)
class Published:
    """``ends`` are those of the topics at the time of the backup, by the catalogue's name; None
    where they are not known, and then everything is read."""

    bootstrap: str
    prefix: str
    ends: Mapping[str, Ends] | None

    async def everything(self, topic: Topic) -> AsyncIterator[list[Told]]:
        """All of a topic, in batches, to its present end."""
        async for batch in self._read(topic, {}):
            yield batch

    async def since_the_backup(self, topic: Topic) -> AsyncIterator[list[Told]]:
        """What was published after the backup began, and maybe some before."""
        async for batch in self._read(topic, (self.ends or {}).get(topic.name, {})):
            yield batch

    async def _read(self, topic: Topic, starts: Ends) -> AsyncIterator[list[Told]]:
        name = self.prefix + topic.name
        async with _reader(self.bootstrap) as reader:
            places = [TopicPartition(name, p) for p in await partitions_of(self.bootstrap, name)]
            reader.assign(places)
            ends = await reader.end_offsets(places)
            for place in places:
                start = starts.get(place.partition, 0)
                # A topic that was made anew meanwhile is shorter than it was: all of it is new.
                if 0 < start <= ends[place]:
                    reader.seek(place, start)
                else:
                    await reader.seek_to_beginning(place)
            while any([await reader.position(place) < ends[place] for place in places]):
                found = await reader.getmany(timeout_ms=POLL_MILLISECONDS, max_records=5000)
                for place, records in found.items():
                    read = [_told(_record(topic, place.partition, raw)) for raw in records]
                    yield [told for told in read if told is not None]


def _record(topic: Topic, partition: int, raw: Any) -> Record:
    return Record(topic.name, partition, raw.offset, raw.key, raw.value, raw.headers)


def _told(record: Record) -> Told | None:
    """None for a tombstone, and for what no reader could take: it is ahead of nobody."""
    if record.value is None:
        return None
    try:
        return Told(decode_event(record), datetime.fromisoformat(record.ce("time") or ""))
    except (ValueError, Refused):
        return None


async def ends_of(bootstrap: str, topics: Iterable[Topic], *, prefix: str) -> dict[str, Ends]:
    """Where the topics end now. Raises ``NotThere`` and ``KafkaError``."""
    found: dict[str, Ends] = {}
    async with _reader(bootstrap) as reader:
        for topic in topics:
            name = prefix + topic.name
            places = [TopicPartition(name, p) for p in await partitions_of(bootstrap, name)]
            ends = await reader.end_offsets(places)
            found[topic.name] = {place.partition: ends[place] for place in places}
    return found


@asynccontextmanager
async def _reader(bootstrap: str) -> AsyncIterator[AIOKafkaConsumer]:
    reader = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )
    try:
        await reader.start()
        yield reader
    finally:
        await reader.stop()

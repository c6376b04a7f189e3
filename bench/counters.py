"""Three ways to bring the same facts into a ledger, each into a database of its own."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import psutil

from bench.baselines.process import DATABASE, start_baseline
from bench.facts import Facts, Sums
from bench.installation import WORKER_OF_SCORING, Failed, Installation
from bench.ledger import Ledger
from bench.processes import Memory, MemoryWatch, Metrics, cpu_seconds, parts_of, servers, spent
from services.scoring.ledger import store
from services.scoring.ledger.consumers import FACTS_CONSUMER, decode_facts
from shared.contracts import FACTS, TOPICS
from shared.db import open_pool, transaction
from shared.messaging.producer import FencedProducer, Message
from shared.messaging.topics import administration, create_topics

SINGLE_TOPIC: Final = replace(FACTS, name="bench.facts")
_PARTS: Final = ("decode", "work", "commit")
_AT_ONCE: Final = 5000
_LIMIT: Final = 120.0


@dataclass
class Counted:
    """What was given to a ledger so far, and how fast it took it."""

    name: str
    ledger: Ledger
    sums: Sums = field(default_factory=Sums)
    distinct: int = 0
    records: int = 0
    rates: list[float] = field(default_factory=list)
    """Records per second, by round."""
    cpu: list[dict[str, float]] = field(default_factory=list)
    """Processor seconds, by round and process."""

    def expect(self, facts: Facts) -> None:
        self.sums = self.sums + facts.sums
        self.distinct += facts.distinct
        self.records += len(facts.messages)

    async def until_all_are(self) -> None:
        """Wait for the sums that must come. Raises `Failed` when they do not."""
        limit = time.monotonic() + _LIMIT
        while (counted := await self.ledger.answers()) != self.sums.answers:
            if time.monotonic() > limit:
                raise Failed(
                    f"{self.name}: {counted:,} of {self.sums.answers:,} counted after "
                    f"{_LIMIT:.0f} s; the logs of its processes are kept"
                )
            await asyncio.sleep(0.2)


async def produce(bootstrap: str, messages: Sequence[Message], *, prefix: str = "") -> None:
    """Publish as the relay does: in transactions, with the relay's own producer."""
    producer = FencedProducer(bootstrap, transactional_id="bench")
    await producer.start()
    for first in range(0, len(messages), _AT_ONCE):
        some = messages[first : first + _AT_ONCE]
        await producer.send(each._replace(topic=prefix + each.topic) for each in some)
    await producer.drop()


class ByWorker:
    """`tera serve scoring --role worker`: started on a topic that is full, stopped when done.

    The rate is by the ledger's clock, from the first fact written to the last; the batch in front
    of the first is left out of it. Cards are recomputed meanwhile, as always.
    """

    def __init__(self, installed: Installation, counted: Counted) -> None:
        self._installed = installed
        self.counted = counted
        self.startup_cpu = 0.0
        self.parts = dict.fromkeys(_PARTS, 0.0)
        self.batches = 0.0
        self.window = 0.0
        self.peak: dict[str, Memory] = {}

    async def warm(self) -> None:
        """Start once with nothing to count: what that takes is no part of counting."""
        prefix = await self._new_topics("warm.")
        system = self._installed.system(WORKER_OF_SCORING, topic_prefix=prefix)
        try:
            await asyncio.to_thread(system.start)
            await asyncio.sleep(1.0)
            (self.startup_cpu,) = cpu_seconds(parts_of(system)).values()
        finally:
            await asyncio.to_thread(system.stop)

    async def take(self, facts: Facts) -> None:
        """Count them from topics that hold nothing else: the demo's broker slows as it fills."""
        prefix = await self._new_topics(f"round-{len(self.counted.rates)}.")
        await produce(self._installed.bootstrap, facts.messages, prefix=prefix)
        self.counted.expect(facts)
        since = await self.counted.ledger.now()
        system = self._installed.system(WORKER_OF_SCORING, topic_prefix=prefix)
        others = servers()
        before = cpu_seconds(others)
        try:
            await asyncio.to_thread(system.start)
            watched = parts_of(system)
            with MemoryWatch(watched, every=0.5) as memory:
                await self.counted.until_all_are()
                (worker,) = cpu_seconds(watched).values()
                after = cpu_seconds(others)
                await self._until_cards_are_fresh()
            metrics = Metrics(system.metrics_ports[WORKER_OF_SCORING])
        finally:
            await asyncio.to_thread(system.stop)
            await self._delete_topics(prefix)
        group = FACTS_CONSUMER.group(prefix)
        seconds = (await self.counted.ledger.window(since)).seconds
        self._note(metrics, group, seconds=seconds, records=len(facts.messages))
        self.counted.cpu.append({"process": worker - self.startup_cpu} | spent(before, after))
        self.peak = memory.peaks

    async def _new_topics(self, prefix: str) -> str:
        await create_topics(self._installed.bootstrap, TOPICS.values(), prefix=prefix)
        return prefix

    async def _delete_topics(self, prefix: str) -> None:
        async with administration(self._installed.bootstrap) as client:
            await client.delete_topics([prefix + name for name in TOPICS])

    def _note(self, metrics: Metrics, group: str, *, seconds: float, records: int) -> None:
        batches = metrics.total("tera_consumer_batch_size_count", group=group)
        self.batches += batches
        self.window += seconds
        for part in _PARTS:
            self.parts[part] += metrics.total("tera_consumer_seconds_total", group=group, part=part)
        self.counted.rates.append(records * (batches - 1) / batches / seconds)

    async def _until_cards_are_fresh(self) -> None:
        limit = time.monotonic() + _LIMIT
        while time.monotonic() < limit and await self.counted.ledger.stale():  # noqa: ASYNC110
            await asyncio.sleep(0.1)


class ByStatement:
    """The store's counting statement in a transaction per batch, fed with rows from memory."""

    def __init__(self, url: str, counted: Counted) -> None:
        self._url = url
        self.counted = counted

    async def take(self, facts: Facts) -> None:
        rows = decode_facts(facts.records())
        self.counted.expect(facts)
        own = psutil.Process().cpu_times
        pool = await open_pool(self._url, max_size=1, session={"jit": "off"})
        others = servers()
        before, mine = cpu_seconds(others), own()
        began = time.perf_counter()
        for first in range(0, len(rows), FACTS_CONSUMER.max_records):
            async with transaction(pool) as connection:
                await store.count(connection, rows[first : first + FACTS_CONSUMER.max_records])
        self.counted.rates.append(len(rows) / (time.perf_counter() - began))
        used = own().user + own().system - mine.user - mine.system
        self.counted.cpu.append({"process": used} | spent(before, cpu_seconds(others)))
        await pool.close()


class OneByOne:
    """FastStream and SQLModel, one message and one transaction at a time; on fewer facts.

    Started and stopped in each round, so that it takes nothing while the others count.
    """

    def __init__(self, installed: Installation, url: str, counted: Counted) -> None:
        self.counted = counted
        self._installed = installed
        self._url = url

    async def take(self, facts: Facts) -> None:
        await produce(self._installed.bootstrap, facts.messages)
        since = await self.counted.ledger.now()
        self.counted.expect(facts)
        child = start_baseline(
            "one_by_one",
            self._installed.bootstrap,
            SINGLE_TOPIC.name,
            folder=self._installed.folder,
            environment={DATABASE: self._url},
        )
        try:
            await self.counted.until_all_are()
        finally:
            await asyncio.to_thread(child.stop)
        window = await self.counted.ledger.window(since)
        self.counted.rates.append((len(facts.messages) - 1) / window.seconds)

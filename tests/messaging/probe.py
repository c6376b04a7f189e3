"""A tiny service with a database and topics of its own, for tests of messaging."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from shared.contracts import REGISTRY_CHANGES, PersonChanged, PersonKind
from shared.db import Connection, Pool, open_pool, transaction
from shared.db.provision import LOGINS, provision
from shared.messaging.outbox import enqueue
from shared.messaging.tables import create_messaging_tables
from shared.messaging.topics import create_topics

SERVICE = "probe"
TENANT = UUID("00000000-0000-7000-8000-000000000001")
TOPIC = REGISTRY_CHANGES

_TABLES = [
    *create_messaging_tables(SERVICE),
    "create table people (id uuid primary key, version integer not null check (version < 1000000))",
    "create table deliveries (id uuid not null, version integer not null)",
    f"grant select, insert, update, delete on people, deliveries to tera_{SERVICE}_worker",
]


@dataclass
class Probe:
    """Where the tiny service's things are."""

    worker: str
    owner: str
    admin: str
    bootstrap: str
    prefix: str
    pool: Pool

    @property
    def topic(self) -> str:
        return self.prefix + TOPIC.name

    async def write(self, events: Sequence[PersonChanged]) -> None:
        """Commit events to the outbox."""
        async with transaction(self.pool) as connection:
            await enqueue(connection, events)

    async def outbox(self) -> int:
        async with transaction(self.pool) as connection:
            return await connection.fetchval("select count(*) from outbox")

    async def people(self) -> dict[UUID, int]:
        """Version by person, as counted by `count_people`."""
        async with transaction(self.pool) as connection:
            return dict(await connection.fetch("select id, version from people"))

    async def letters(self) -> list[tuple[str, str]]:
        """Reason and status of each dead letter, in the order of the topic."""
        async with transaction(self.pool) as connection:
            rows = await connection.fetch(
                "select reason, status from dead_letters order by partition, record_offset"
            )
        return [(row["reason"], row["status"]) for row in rows]

    async def committed(self, group: str) -> int:
        """Sum of the group's committed offsets."""
        async with self.consumer(group) as consumer:
            offsets = [await consumer.committed(place) for place in consumer.assignment()]
        return sum(offset or 0 for offset in offsets)

    async def published(self) -> list[ConsumerRecord]:
        """All committed records, in order within each partition. Waits for transactions that are
        just being ended: a commit returns before every partition has its mark."""
        async with (
            self.consumer(None) as consumer,
            self.consumer(None, isolation="read_uncommitted") as hasty,
        ):
            ends = await hasty.end_offsets(consumer.assignment())
            found: list[ConsumerRecord] = []
            while any([await consumer.position(place) < end for place, end in ends.items()]):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += records
        return found

    @asynccontextmanager
    async def consumer(
        self, group: str | None, *, isolation: str = "read_committed"
    ) -> AsyncIterator[AIOKafkaConsumer]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap,
            group_id=group,
            isolation_level=isolation,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        await consumer.start()
        try:
            partitions = await consumer._client._wait_on_metadata(self.topic)
            consumer.assign([TopicPartition(self.topic, partition) for partition in partitions])
            yield consumer
        finally:
            await consumer.stop()

    async def send(self, records: Sequence["Sent"], *, partition: int = 0) -> None:
        """Put records on the topic directly, past any outbox, on one partition, in order."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, enable_idempotence=True)
        await producer.start()
        try:
            sent = [
                await producer.send(
                    self.topic, value=r.value, key=r.key, headers=r.headers, partition=partition
                )
                for r in records
            ]
            await asyncio.gather(*sent)
        finally:
            await producer.stop()


@dataclass(frozen=True)
class Sent:
    """A record to put on a topic."""

    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    key: bytes = b"key"


def person(person_id: UUID, version: int = 1) -> PersonChanged:
    return PersonChanged(
        tenant_id=TENANT, id=person_id, version=version, person_kind=PersonKind.CIVIL_SERVANT
    )


def record_of(event: PersonChanged) -> Sent:
    return Sent(event.body(), [("ce_type", event.type.encode())], event.key().encode())


async def count_people(connection: Connection, items: Sequence[PersonChanged]) -> None:
    """Highest version wins, each delivery is noted: set-based, any number of times."""
    ids, versions = [item.id for item in items], [item.version for item in items]
    await connection.execute(
        "insert into people select id, max(version) from unnest($1::uuid[], $2::int[]) "
        "as i(id, version) group by id order by id on conflict (id) do update "
        "set version = greatest(people.version, excluded.version)",
        ids,
        versions,
    )
    await connection.execute(
        "insert into deliveries select * from unnest($1::uuid[], $2::int[])", ids, versions
    )


@asynccontextmanager
async def probe_service(
    admin_url: str, bootstrap: str, *, partitions: int = 4
) -> AsyncIterator[Probe]:
    """A database and topics that exist as long as the block."""
    name = f"probe_{uuid4().hex[:10]}"
    urls = {login: _url(admin_url, f"tera_{SERVICE}_{login}", name) for login in LOGINS}
    await provision(admin_url, SERVICE, urls)
    await _execute(urls["owner"], _TABLES)
    prefix = f"{name}."
    await create_topics(bootstrap, [TOPIC], prefix=prefix, partitions=partitions)
    pool = await open_pool(urls["worker"], max_size=8)
    try:
        yield Probe(urls["worker"], urls["owner"], admin_url, bootstrap, prefix, pool)
    finally:
        await asyncio.wait_for(pool.close(), timeout=10)
        await _execute(admin_url, [f"drop database {name} with (force)"])


def _url(admin_url: str, role: str, database: str) -> str:
    parts = urlsplit(admin_url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:secret@{place}", path=f"/{database}"))


async def _execute(url: str, statements: Sequence[str]) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()

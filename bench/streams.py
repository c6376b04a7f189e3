"""A thousand open inboxes on one process: memory of each, and how soon the last one hears."""

import asyncio
import resource
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg

from bench.installation import Installation
from bench.place import Place
from bench.processes import cpu_seconds, parts_of, servers, spent
from bench.report import Report, Split
from bench.sizes import Size
from devstack.system import Part, System
from devstack.tokens import mint
from services.notification.occasions.consumers import FACTS_CONSUMER, REGISTRY_CONSUMER
from services.notification.occasions.store import NewOccasion
from services.notification.occasions.telling import tell_some
from services.notification.wording.rules import Occasion
from shared.contracts import (
    AssignmentChanged,
    AssignmentKind,
    Duty,
    EntityChanged,
    TenantChanged,
    UnitChanged,
)
from shared.db import Pool, open_pool, transaction
from shared.messaging.bell import Bell

API_OF_NOTIFICATION: Final = Part("notification", "api")
_OPENED_TOGETHER: Final = 50
_PATIENCE: Final = 30.0
_UNREAD: Final = b"event: unread"
_NOTICE: Final = b"event: notice"


@dataclass(frozen=True)
class Office:
    """A unit with so many heads: an occasion of it is told to all of them in one commit."""

    tenant: UUID
    unit: UUID
    heads: tuple[UUID, ...]

    def entities(self) -> list[EntityChanged]:
        common = {"tenant_id": self.tenant, "version": 1}
        return [
            TenantChanged(**common, id=self.tenant, slug="kota", name="Kota", zone="Asia/Jakarta"),
            UnitChanged(**common, id=self.unit, name="Dinas", unit_kind="dinas"),
            *(
                AssignmentChanged(
                    **common,
                    id=uuid4(),
                    person_id=head,
                    unit_id=self.unit,
                    assignment_kind=AssignmentKind.ACTING,
                    valid_from=date(2020, 1, 1),
                    duties=(Duty.HEAD,),
                )
                for head in self.heads
            ),
        ]


@dataclass
class Reader:
    """An open inbox at the wire; `heard` are the moments at which notices came."""

    stream: asyncio.StreamReader
    writer: asyncio.StreamWriter
    heard: list[float] = field(default_factory=list)

    async def begin(self) -> None:
        """Read until the inbox has told its state. Raises where it is refused."""
        head = await self.stream.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError(f"an inbox was refused: {head[:100]!r}")
        await self.stream.readuntil(_UNREAD)

    async def listen(self) -> None:
        """Note each notice, for ever."""
        while True:
            await self.stream.readuntil(_NOTICE)
            self.heard.append(time.perf_counter())


@dataclass
class Found:
    """Milliseconds from the commit, one of each per round."""

    first: list[float] = field(default_factory=list)
    middle: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)
    cpu: dict[str, float] = field(default_factory=dict)
    """Processor seconds of all rounds, by process."""


async def measure_streams(
    report: Report,
    installed: Installation,
    place: Place,
    *,
    size: Size,
    tell: Callable[[str], None],
) -> None:
    """Fill in the part of the report about open inboxes."""
    del place  # its units have no heads
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    office = Office(uuid4(), uuid4(), tuple(uuid4() for _ in range(size.streams)))
    system = installed.system(API_OF_NOTIFICATION)
    pool = await open_pool(installed.url("notification", "worker"), max_size=2)
    bell = Bell(installed.url("notification", "worker"))
    try:
        async with transaction(pool) as connection:
            await REGISTRY_CONSUMER.handle(connection, office.entities())
        await bell.start()
        await asyncio.to_thread(system.start)
        (process,) = parts_of(system).values()
        tell("streams: warming up")
        async with _opened(installed, system, office.heads[:_OPENED_TOGETHER], office):
            await _alarm(pool, bell, office)
        await _analyze(installed)
        before, began = process.memory_info().rss, time.perf_counter()
        tell(f"streams: opening {size.streams:,} inboxes")
        async with _opened(installed, system, office.heads, office) as readers:
            opening = time.perf_counter() - began
            grown = process.memory_info().rss - before
            tell("streams: telling all of them")
            watched = {"server": process} | servers()
            cpu = cpu_seconds(watched)
            found = await _rounds(report, pool, bell, office, readers, rounds=size.stream_rounds)
            found.cpu = spent(cpu, cpu_seconds(watched))
            peak = process.memory_info().rss - before
            tell("streams: stopping the process under them")
            began = time.perf_counter()
            await asyncio.to_thread(system.stop)
            stopping = time.perf_counter() - began
    finally:
        await bell.stop()
        await pool.close()
        await asyncio.to_thread(system.stop)
    _tell_of(report, size.streams, found, grown=grown, peak=peak)
    report.notes.append(
        f"streams: {size.streams:,} inboxes opened in {opening:.1f} s, "
        f"the process stopped under them in {stopping:.1f} s"
    )


@asynccontextmanager
async def _opened(
    installed: Installation, system: System, people: tuple[UUID, ...], office: Office
) -> AsyncIterator[list[Reader]]:
    """Open an inbox for each person, a few together."""
    address = urlsplit(system.environment["TERA_NOTIFICATION_HTTP"])
    turn = asyncio.Semaphore(_OPENED_TOGETHER)

    async def opened(person: UUID) -> Reader:
        async with turn:
            pair = await asyncio.open_connection(address.hostname, address.port, limit=2**16)
            reader = Reader(*pair)
            reader.writer.write(
                b"GET /v1/inbox/stream?lang=id HTTP/1.1\r\nHost: tera.example\r\n"
                b"Authorization: Bearer %s\r\n\r\n"
                % _token(installed, office.tenant, person).encode()
            )
            await reader.begin()
            return reader

    readers = await asyncio.gather(*(opened(person) for person in people))
    listening = [asyncio.create_task(reader.listen()) for reader in readers]
    try:
        yield readers
    finally:
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
        for reader in readers:
            reader.writer.close()


async def _analyze(installed: Installation) -> None:
    """As autovacuum does within a minute: so soon after the first rows it has not come yet."""
    connection = await asyncpg.connect(installed.url("notification", "owner"))
    try:
        await connection.execute("analyze")
    finally:
        await connection.close()


async def _alarm(pool: Pool, bell: Bell, office: Office) -> float:
    """Tell all heads of one critical answer; when that was committed."""
    now = datetime.now(UTC)
    occasion = NewOccasion(
        tenant_id=office.tenant,
        occasion=Occasion.CRITICAL_ANSWER,
        source=str(uuid4()),
        unit_id=office.unit,
        happened_at=now,
        parameters={"service_id": str(office.unit), "elements": ["waktu"]},
    )
    async with transaction(pool) as connection:
        await FACTS_CONSUMER.handle(connection, [occasion])
    async with transaction(pool) as connection:
        told = await tell_some(connection, now=datetime.now(UTC))
    committed = time.perf_counter()
    bell.announce(told.keys)
    return committed


async def _rounds(
    report: Report, pool: Pool, bell: Bell, office: Office, readers: list[Reader], *, rounds: int
) -> Found:
    found = Found()
    for number in range(1, rounds + 1):
        committed = await _alarm(pool, bell, office)
        limit = committed + _PATIENCE
        while time.perf_counter() < limit:
            if all(len(reader.heard) >= number for reader in readers):
                break
            await asyncio.sleep(0.005)
        deaf = sum(len(reader.heard) != number for reader in readers)
        report.check(not deaf, f"streams, round {number}: {len(readers) - deaf:,} heard it once")
        delays = sorted(1000 * (reader.heard[-1] - committed) for reader in readers if reader.heard)
        found.first.append(delays[0])
        found.middle.append(statistics.median(delays))
        found.last.append(delays[-1])
    return found


def _tell_of(report: Report, streams: int, found: Found, *, grown: int, peak: int) -> None:
    told = streams * len(found.last)
    report.splits.append(
        Split(
            f"{streams:,} open inboxes on one process",
            "medians of the rounds",
            {
                "one stream": {
                    "kB of memory, waiting": grown / streams / 1000,
                    "kB of memory, after being told": peak / streams / 1000,
                    **{
                        f"ms of processor time per notice, {name}": 1000 * seconds / told
                        for name, seconds in found.cpu.items()
                        if name != "broker"
                    },
                },
                "all of them": {
                    "MB of memory, waiting": grown / 1_000_000,
                    "ms from commit to the first that heard": statistics.median(found.first),
                    "ms from commit to half of them": statistics.median(found.middle),
                    "ms from commit to the last": statistics.median(found.last),
                    "ms from commit to the last, worst round": max(found.last),
                },
            },
        )
    )


def _token(installed: Installation, tenant: UUID, person: UUID) -> str:
    now = int(time.time())
    claims = {
        "iss": installed.environment["TERA_OIDC_ISSUER"],
        "aud": "tera",
        "sub": str(person),
        "iat": now,
        "exp": now + 3600,
        "tenant": str(tenant),
        "person": str(person),
        "roles": ["employee"],
    }
    return mint(installed.stack.issuer_key, claims)

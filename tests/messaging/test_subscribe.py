"""G4: one bad record harms only itself. And what passes by is waited for, not parked."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from devstack.stack import Stack
from shared.contracts import PersonChanged, UnitChanged
from shared.db import Connection, transaction
from shared.messaging.consumer import Consumer, Refused
from shared.messaging.consumers import Consumers
from shared.messaging.dead_letters import list_letters
from shared.messaging.records import Record
from shared.messaging.replay import NotReplayable, replay
from shared.observability.metrics import REGISTRY
from tests.messaging.probe import (
    SERVICE,
    TENANT,
    TOPIC,
    Probe,
    Sent,
    count_people,
    person,
    record_of,
)
from tests.support.waiting import eventually

pytestmark = pytest.mark.broker

PEOPLE: Consumer[PersonChanged] = Consumer(
    service=SERVICE, topic=TOPIC, events=(PersonChanged,), handle=count_people
)
KIND = ("ce_type", PersonChanged.type.encode())
RULE_BREAKER = 1_000_000
"""A version that the table's CHECK refuses."""


@asynccontextmanager
async def consuming(
    probe: Probe,
    consumer: Consumer[Any] = PEOPLE,
    *,
    count: int = 1,
    bad_in_a_row: int = 100,
    retry_budget: float = 60,
) -> AsyncIterator[Consumers]:
    running = [
        Consumers(
            [consumer],
            pool=probe.pool,
            bootstrap=probe.bootstrap,
            prefix=probe.prefix,
            bad_in_a_row=bad_in_a_row,
            retry_budget=retry_budget,
        )
        for _ in range(count)
    ]
    for consumers in running:
        await consumers.start(wait=20)
    try:
        yield running[0]
    finally:
        for consumers in running:
            await consumers.stop()


async def caught_up(probe: Probe, consumer: Consumer[Any] = PEOPLE) -> None:
    """Until the group's offsets stand at the end of the topic."""
    async with probe.consumer(None) as reader:
        end = sum((await reader.end_offsets(reader.assignment())).values())

    async def at_end() -> bool:
        return await probe.committed(consumer.group(probe.prefix)) >= end

    await eventually(at_end, within=30)


async def test_two_bad_ones_among_a_thousand(probe: Probe) -> None:
    good = [person(uuid4()) for _ in range(1000)]
    records = [record_of(event) for event in good]
    bad_version, bad_json = person(uuid4(), RULE_BREAKER), Sent(b'{"version": ', [KIND])
    await probe.send([*records[:400], bad_json, *records[400:700], record_of(bad_version)])
    await probe.send(records[700:])
    async with consuming(probe):
        await caught_up(probe)
    assert await probe.people() == {event.id: 1 for event in good}
    assert await probe.letters() == [("undecodable", "parked"), ("rule-violated", "parked")]

    async with transaction(probe.pool) as connection:
        undecodable, refused = await list_letters(connection)
    assert undecodable.detail == "body: json_invalid"
    assert refused.detail == "people: people_version_check"
    assert undecodable.record.value == b'{"version": '

    # Replayed as it is, it stays; with a body put right it counts, once.
    again = await replay(probe.pool, refused.id, consumers=[PEOPLE], prefix=probe.prefix)
    assert again.still_bad is not None
    right = person(bad_version.id, 7)
    done = await replay(
        probe.pool, refused.id, consumers=[PEOPLE], prefix=probe.prefix, body=right.body()
    )
    assert done.still_bad is None
    with pytest.raises(NotReplayable):
        await replay(probe.pool, refused.id, consumers=[PEOPLE], prefix=probe.prefix)
    assert (await probe.people())[right.id] == 7
    assert await probe.letters() == [("undecodable", "parked"), ("rule-violated", "replayed")]


async def test_a_redelivered_bad_record_is_parked_once(probe: Probe) -> None:
    await probe.send([record_of(person(uuid4())), Sent(b"{}", [KIND]), record_of(person(uuid4()))])
    async with consuming(probe):
        await caught_up(probe)
    async with probe.consumer(PEOPLE.group(probe.prefix)) as reader:
        await reader.commit(dict.fromkeys(reader.assignment(), 0))
    async with consuming(probe):
        await caught_up(probe)
    assert await probe.letters() == [("undecodable", "parked")]
    assert len(await probe.people()) == 2


async def test_any_headers_and_tombstones(probe: Probe) -> None:
    """Headers that the default parser fails on; kinds nobody reads here; deleted keys."""
    event = person(uuid4())
    unit = UnitChanged(tenant_id=TENANT, id=uuid4(), version=1, name="Loket", unit_kind="loket")
    await probe.send(
        [
            Sent(event.body(), [KIND, ("empty", None), ("binary", b"\xff\xfe\x00")]),
            Sent(None, [KIND]),
            Sent(unit.body(), [("ce_type", unit.type.encode())]),
            Sent(b"{}", [("ce_type", b"registry.of_tomorrow.v1")]),
            Sent(event.body(), []),
            Sent(event.body(), [("ce_type", None)]),
            Sent(event.body(), [("ce_type", b"\xff\xfe"), ("nul", b"a\x00b"), ("none", None)]),
        ]
    )
    async with consuming(probe):
        await caught_up(probe)
    assert await probe.people() == {event.id: 1}
    assert await probe.letters() == [("undecodable", "parked")] * 3
    async with transaction(probe.pool) as connection:
        last = (await list_letters(connection))[-1]
    assert last.record.headers == (("ce_type", b"\xff\xfe"), ("nul", b"a\x00b"), ("none", None))


async def test_repeated_and_shuffled_over_three_members(probe: Probe) -> None:
    people = [uuid4() for _ in range(100)]
    deliveries = [record_of(person(id_, v)) for v in (3, 1, 2) for id_ in people] * 5
    random.shuffle(deliveries)
    async with consuming(probe, count=3):
        for partition in range(4):
            await probe.send(deliveries[partition::4], partition=partition)
        await caught_up(probe)
    assert await probe.people() == dict.fromkeys(people, 3)


class Moody:
    """Counts people, after raising what it was given, once each."""

    def __init__(self, *moods: Exception) -> None:
        self.moods = list(moods)
        self.calls = 0

    async def __call__(self, connection: Connection, items: Sequence[PersonChanged]) -> None:
        self.calls += 1
        if self.moods:
            raise self.moods.pop(0)
        await count_people(connection, items)


async def test_what_passes_by_is_tried_again(probe: Probe) -> None:
    moody = Moody(asyncpg.DeadlockDetectedError("x"), ConnectionResetError(), TimeoutError())
    event = person(uuid4())
    await probe.send([record_of(event)])
    async with consuming(probe, replace(PEOPLE, handle=moody)):
        await caught_up(probe)
    assert moody.calls == 4
    assert await probe.people() == {event.id: 1}
    assert await probe.letters() == []


async def test_after_its_budget_a_batch_comes_again(probe: Probe) -> None:
    """The offsets stand still meanwhile, nothing is parked, and the order stays."""
    moody = Moody(*[asyncpg.DeadlockDetectedError("x")] * 6)
    group = PEOPLE.group(probe.prefix)
    seen: list[int] = []

    async def handle(connection: Connection, items: Sequence[PersonChanged]) -> None:
        seen.extend(item.version for item in items)
        assert await probe.committed(group) == 0
        await moody(connection, items)

    someone = uuid4()
    await probe.send([record_of(person(someone, version)) for version in (1, 2, 3)])
    async with consuming(probe, replace(PEOPLE, handle=handle), retry_budget=0.2):
        await caught_up(probe)
    assert seen == [1, 2, 3] * 7
    assert await probe.people() == {someone: 3}
    assert await probe.letters() == []


async def test_refusals_and_mistakes_have_reasons(probe: Probe) -> None:
    """A refusal in the domain's words, a mistake of the code: never a value of the record."""

    async def handle(connection: Connection, items: Sequence[PersonChanged]) -> None:
        for item in items:
            if item.version == 5:
                raise Refused("unknown-tenant", "no such tenant here")
            if item.version == 6:
                raise KeyError(str(item.id))
        await count_people(connection, items)

    await probe.send([record_of(person(uuid4(), version)) for version in range(1, 9)])
    async with consuming(probe, replace(PEOPLE, handle=handle)):
        await caught_up(probe)
    assert len(await probe.people()) == 6
    assert await probe.letters() == [("unknown-tenant", "parked"), ("key", "parked")]
    async with transaction(probe.pool) as connection:
        details = [letter.detail for letter in await list_letters(connection)]
    assert details == ["no such tenant here", f"KeyError in handle of {__name__}"]


async def test_a_rule_that_speaks_at_the_commit(probe: Probe) -> None:
    """A deferred constraint is laid at the right record's door."""
    owner = await asyncpg.connect(probe.owner)
    await owner.execute(
        "alter table people add column twin integer generated always as (version) stored, "
        "add constraint one_of_each unique (twin) deferrable initially deferred"
    )
    await owner.close()
    await probe.send([record_of(person(uuid4(), version)) for version in (1, 2, 3, 2, 4)])
    async with consuming(probe):
        await caught_up(probe)
    assert sorted((await probe.people()).values()) == [1, 2, 3, 4]
    assert await probe.letters() == [("rule-violated", "parked")]


async def test_too_many_bad_ones_halt_the_consumer(probe: Probe) -> None:
    await probe.send([record_of(person(uuid4()))] * 3)
    await probe.send([Sent(b"{}", [KIND])] * 30)
    gentle = replace(PEOPLE, max_records=8)
    group = gentle.group(probe.prefix)

    async def halted() -> bool:
        return REGISTRY.get_sample_value("tera_consumer_halted", {"group": group}) == 1

    async with consuming(probe, gentle, bad_in_a_row=10) as consumers:
        await eventually(halted)
        assert not consumers.alive()
    parked, stands = len(await probe.letters()), await probe.committed(group)
    assert 10 < parked <= 20, "those before, and those that it halted at"
    assert stands < 33
    # Started again while nothing is mended, it goes no further.
    async with consuming(probe, gentle, bad_in_a_row=10):
        await eventually(halted)
    assert await probe.committed(group) == stands
    # Mended, it goes on.
    tolerant = replace(gentle, decode=lambda record: person(UUID(int=record.offset)))
    async with consuming(probe, tolerant, bad_in_a_row=10) as consumers:
        await caught_up(probe)
        assert consumers.alive()
    assert len(await probe.letters()) == parked


async def test_a_consumer_that_halts_at_once_shows_why(probe: Probe) -> None:
    await probe.send([Sent(b"{}", [KIND])] * 30)

    async def shown() -> bool:
        letters = await probe.letters()
        assert letters == [("undecodable", "parked")] * 10
        return True

    async with consuming(probe, bad_in_a_row=10):
        await eventually(shown)
    assert await probe.committed(PEOPLE.group(probe.prefix)) == 0


async def test_a_fast_decoder_does_not_decide(probe: Probe) -> None:
    """Where the whole batch cannot be decoded at once, each record is judged by itself."""

    def at_once(records: Sequence[Record]) -> list[PersonChanged]:
        return [PersonChanged.read(record.value or b"") for record in records]

    events = [person(uuid4()) for _ in range(20)]
    await probe.send([*map(record_of, events), Sent(b"?", [KIND])])
    async with consuming(probe, replace(PEOPLE, decode_batch=at_once)):
        await caught_up(probe)
    assert len(await probe.people()) == 20
    assert await probe.letters() == [("undecodable", "parked")]


async def test_the_database_goes_and_comes_back(probe: Probe, stack: Stack) -> None:
    if stack.postgres is None:
        pytest.skip("the database is not ours to stop")
    async with consuming(probe) as consumers:
        stack.postgres.stop()
        try:
            await probe.send([record_of(person(uuid4())) for _ in range(100)])
            await asyncio.sleep(0.5)  # some attempts fail meanwhile
            assert consumers.alive()
        finally:
            await asyncio.to_thread(stack.postgres.start)
        await caught_up(probe)
    assert len(await probe.people()) == 100
    assert await probe.letters() == []


async def test_the_broker_goes_and_comes_back(probe: Probe, stack: Stack) -> None:
    if stack.broker is None:
        pytest.skip("the broker is not ours to stop")
    async with consuming(probe) as consumers:
        await probe.send([record_of(person(uuid4())) for _ in range(100)])
        await caught_up(probe)
        stack.broker.stop()
        await asyncio.to_thread(stack.broker.start)
        await probe.send([record_of(person(uuid4())) for _ in range(100)])

        async def all_there() -> bool:
            return len(await probe.people()) == 200

        await eventually(all_there, within=40)
        assert consumers.alive()


async def test_a_batch_in_hand_is_finished_before_the_end(probe: Probe) -> None:
    begun = asyncio.Event()

    async def slow(connection: Connection, items: Sequence[PersonChanged]) -> None:
        begun.set()
        await connection.execute("select pg_sleep(0.5)")
        await count_people(connection, items)

    await probe.send([record_of(person(uuid4())) for _ in range(10)])
    async with consuming(probe, replace(PEOPLE, handle=slow)):
        await begun.wait()
    assert len(await probe.people()) == 10
    assert await probe.committed(PEOPLE.group(probe.prefix)) == 10

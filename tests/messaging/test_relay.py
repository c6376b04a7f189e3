"""G2: stored means delivered; first occurrences in order per key, nothing lost."""

import asyncio
import json
import os
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import pytest

from devstack.stack import Stack
from shared.contracts import PersonChanged
from shared.db import transaction
from shared.messaging.bell import Bell
from shared.messaging.outbox import SHARDS, enqueue
from shared.messaging.relay import Relay
from shared.observability.trace import carrying
from tests.messaging.probe import SERVICE, TENANT, Probe, person
from tests.support.waiting import eventually

pytestmark = pytest.mark.broker
BROKER_DOWN = 10 if os.environ.get("TERA_CHAOS") == "long" else 1
"""Seconds."""


def relay_of(probe: Probe) -> Relay:
    return Relay(probe.worker, bootstrap=probe.bootstrap, service=SERVICE, prefix=probe.prefix)


@asynccontextmanager
async def relays(probe: Probe, count: int = 1) -> AsyncIterator[list[Relay]]:
    running = [relay_of(probe) for _ in range(count)]
    for relay in running:
        await relay.start()
    try:
        yield running
    finally:
        for relay in running:
            await relay.stop()


async def versions(probe: Probe) -> dict[str, list[int]]:
    """Versions in the order of their first occurrence, by key; checks that the last one is the
    newest: a state that is read last may not be stale."""
    all_of: dict[str, list[int]] = {}
    for record in await probe.published():
        key = record.key.decode()
        all_of.setdefault(key, []).append(json.loads(record.value)["version"])
    assert all(found[-1] == max(found) for found in all_of.values())
    return {key: list(dict.fromkeys(found)) for key, found in all_of.items()}


async def emptied(probe: Probe, within: float = 20.0) -> None:
    async def empty() -> bool:
        return await probe.outbox() == 0

    await eventually(empty, within=within)


async def test_a_row_travels_as_a_cloud_event(probe: Probe) -> None:
    traceparent, event = f"00-{uuid4().hex}-{uuid4().hex[:16]}-01", person(uuid4())
    with carrying(traceparent):
        await probe.write([event])
    async with relays(probe):
        await emptied(probe)
    (record,) = await probe.published()
    headers = {name: value.decode() for name, value in record.headers}
    assert record.topic == probe.topic
    assert record.key.decode() == event.key()
    assert PersonChanged.read(record.value) == event
    assert headers.pop("ce_id")
    assert headers.pop("ce_time").endswith("+00:00")
    assert headers == {
        "ce_specversion": "1.0",
        "ce_type": "registry.person.v1",
        "ce_source": "tera/probe",
        "ce_subject": event.subject(),
        "ce_tenant": str(TENANT),
        "ce_dataschema": "urn:tera:schema:registry.person.v1",
        "content-type": "application/json",
        "traceparent": traceparent,
    }


async def test_a_bell_is_heard_long_before_the_poll(probe: Probe) -> None:
    bell = Bell(probe.worker)
    await bell.start()
    async with relays(probe) as (relay,):
        await all_held([relay])
        async with asyncio.timeout(20):
            for _ in range(20):  # 20 s if the slow poll did it
                await probe.write([person(uuid4())])
                bell.ring()
                await emptied(probe)
    await bell.stop()


async def test_order_per_key_while_locks_are_cut(probe: Probe) -> None:
    """Three relays fight for the shards; their lock connections are cut again and again."""
    people = [uuid4() for _ in range(40)]
    rounds, cuts = 25, 0
    async with relays(probe, 3) as running:
        for version in range(1, rounds + 1):
            await probe.write([person(id_, version) for id_ in people])
            if version % 3 == 0:
                cuts += await cut_one(probe)
            await asyncio.sleep(0.02)  # the cuts shall fall into different moments
        await emptied(probe, within=40)
        assert all(relay.alive() for relay in running)
    assert cuts >= rounds // 3 - 2
    assert await versions(probe) == {
        person(id_).key(): list(range(1, rounds + 1)) for id_ in people
    }


async def test_the_shards_of_a_dead_relay_go_to_another(probe: Probe) -> None:
    async with relays(probe, 2) as (first, second):
        await all_held([first, second])
        holder, other = (first, second) if first.held() else (second, first)
        await holder.stop()
        await probe.write([person(uuid4()) for _ in range(50)])
        await emptied(probe, within=5)
        assert other.held() == frozenset(range(SHARDS))


@pytest.mark.chaos
async def test_nothing_is_lost_while_the_broker_is_down(probe: Probe, stack: Stack) -> None:
    if stack.broker is None:
        pytest.skip("the broker is not ours to stop")
    people = [uuid4() for _ in range(50)]
    async with relays(probe) as (relay,):
        await probe.write([person(id_, 1) for id_ in people])
        await all_held([relay])
        stack.broker.stop()
        try:
            for version in range(2, 7):
                await probe.write([person(id_, version) for id_ in people])
                await asyncio.sleep(
                    BROKER_DOWN / 5
                )  # so long nothing is refused and nothing leaves
            assert await probe.outbox() > 0
        finally:
            await asyncio.to_thread(stack.broker.start)
        await emptied(probe, within=40)
        assert relay.alive()
    assert await versions(probe) == {person(id_).key(): [1, 2, 3, 4, 5, 6] for id_ in people}


async def test_the_relay_comes_back_with_the_database(probe: Probe, stack: Stack) -> None:
    if stack.postgres is None:
        pytest.skip("the database is not ours to stop")
    async with relays(probe) as (relay,):
        await all_held([relay])
        stack.postgres.stop()
        await asyncio.to_thread(stack.postgres.start)
        await restored(probe)
        await probe.write([person(uuid4()) for _ in range(50)])
        await emptied(probe, within=30)
    assert len(await versions(probe)) == 50


async def test_installations_on_one_cluster_do_not_fence_each_other(
    probe: Probe,
) -> None:
    """Another installation on the same cluster has another prefix, so other producers."""
    other = Relay(
        probe.worker, bootstrap=probe.bootstrap, service=SERVICE, prefix=probe.prefix + "b."
    )
    await other.start()
    await all_held([other])
    async with relays(probe) as (relay,):
        await other.stop()
        await all_held([relay])
        await probe.write([person(uuid4())])
        await emptied(probe)


async def test_late_commits_are_not_passed_over(probe: Probe) -> None:
    """A row with a lower id that is committed after higher ones."""
    early, late = person(uuid4()), person(uuid4())
    async with relays(probe), transaction(probe.pool) as open_transaction:
        await enqueue(open_transaction, [late])
        await probe.write([early])

        async def one_left() -> bool:
            return len(await probe.published()) == 1

        await eventually(one_left)
    async with relays(probe):
        await emptied(probe)
    assert len(await versions(probe)) == 2


async def all_held(running: Sequence[Relay]) -> None:
    async def complete() -> bool:
        return sum(len(relay.held()) for relay in running) == SHARDS

    await eventually(complete, within=20)


async def restored(probe: Probe) -> None:
    async def answers() -> bool:
        try:
            await probe.outbox()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise AssertionError from error
        return True

    await eventually(answers, within=30)


async def cut_one(probe: Probe) -> int:
    """End the database session of one relay, any; how many were ended."""
    connection = await asyncpg.connect(probe.admin)
    try:
        sessions = await connection.fetch(
            "select pid from pg_stat_activity where application_name = 'tera-relay' "
            "and usename = 'tera_probe_worker'"
        )
        if not sessions:
            return 0
        pid = random.choice(sessions)["pid"]
        return int(await connection.fetchval("select pg_terminate_backend($1)", pid))
    finally:
        await connection.close()

"""Promises G1, G2, G3 and G5 while processes are killed and servers stop under load."""

import asyncio
import os
from http import HTTPStatus

import pytest

from devstack.stack import Stack
from devstack.system import Part
from tests.guarantees.totals import counted_exactly
from tests.support.installation import Installation
from tests.support.load import Desk, Load, critical_marks
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.broker,
    pytest.mark.apache,
    pytest.mark.chaos,
    pytest.mark.timeout(300),
]

KILLS = 15 if os.environ.get("TERA_CHAOS") == "long" else 3
API = Part("feedback", "api")
RELAY = Part("feedback", "worker")
COUNTER = Part("scoring", "worker")
TELLER = Part("notification", "worker")


async def restart(installation: Installation, part: Part) -> None:
    """Kill -9, at whatever it is doing, and start again."""
    installation.system.child(part).kill()
    installation.system.start_part(part)
    await asyncio.to_thread(installation.system.wait_ready, part)


async def offices(installation: Installation, number: int = 3) -> list[Desk]:
    return [(await installation.office()).desk for _ in range(number)]


async def test_g1_an_intake_killed_in_the_middle_of_groups(breakable: Installation) -> None:
    async with Load(await offices(breakable), clients=24, seed=1) as load:
        for _ in range(KILLS):
            await load.reach(200)
            await restart(breakable, API)
        await load.stop()
    assert load.lost > 0, "the kill must have hit requests in flight"
    await counted_exactly(breakable, load)


async def test_g2_a_relay_killed_in_the_middle_of_batches(breakable: Installation) -> None:
    async with Load(await offices(breakable), clients=12, seed=2) as load:
        for _ in range(KILLS):
            await load.reach(150)
            await restart(breakable, RELAY)
        await load.stop()
    assert load.statuses.keys() == {HTTPStatus.CREATED}
    await counted_exactly(breakable, load)


async def test_g3_a_scoring_worker_killed_in_the_middle_of_batches(
    breakable: Installation,
) -> None:
    async with Load(await offices(breakable), clients=12, seed=3) as load:
        for _ in range(KILLS):
            await load.reach(150)
            await restart(breakable, COUNTER)
        await load.stop()
    assert load.statuses.keys() == {HTTPStatus.CREATED}
    await counted_exactly(breakable, load)


async def test_g3_a_notification_worker_killed_in_the_middle_of_batches(
    breakable: Installation,
) -> None:
    """Each alarm reaches the head's inbox once, with one message to send."""
    made = [await breakable.office() for _ in range(3)]
    heads = {office.tenant: await office.head() for office in made}
    desks = [office.desk for office in made]
    async with Load(desks, clients=6, pause=0.02, seed=8, marks=critical_marks) as load:
        for _ in range(KILLS):
            await load.reach(60)
            await restart(breakable, TELLER)
        await load.stop()
    await counted_exactly(breakable, load)
    facts = {str(fact) for fact in load.accepted.values()}
    tenants = list(heads)

    async def told() -> bool:
        query = """
            select n.tenant_id, n.person_id, n.source, count(d.id) as messages
            from notices n left join deliveries d
              on (d.tenant_id, d.notice_id, d.channel) = (n.tenant_id, n.id, 'email')
            where n.tenant_id = any ($1) and n.occasion = 'critical_answer' group by 1, 2, 3
        """
        rows = await breakable.rows("notification", query, tenants)
        assert len(rows) == len(facts)
        assert {row["source"] for row in rows} == facts
        assert all(row["person_id"] == heads[row["tenant_id"]] for row in rows)
        assert {row["messages"] for row in rows} == {1}
        return True

    await eventually(told, within=60)
    assert await breakable.value("notification", "select count(*) from dead_letters") == 0


async def test_g5_kafka_away_for_20_seconds_and_nothing_is_refused(
    breakable: Installation, outage_stack: Stack
) -> None:
    assert outage_stack.broker is not None
    async with Load(await offices(breakable), clients=8, pause=0.02, seed=4) as load:
        await load.reach(100)
        await asyncio.to_thread(outage_stack.broker.kill)
        before = len(load.accepted)
        await asyncio.sleep(20)  # the length of the outage, not a wait for something
        during = len(load.accepted) - before
        await asyncio.to_thread(outage_stack.broker.start)
        await load.reach(100)
        await load.stop()
    assert during > 1000
    assert load.statuses.keys() == {HTTPStatus.CREATED}
    assert load.lost == 0
    await counted_exactly(breakable, load, within=90)


async def test_g5_postgresql_away_for_10_seconds_and_all_recover_by_themselves(
    breakable: Installation, outage_stack: Stack
) -> None:
    assert outage_stack.postgres is not None
    async with Load(await offices(breakable), clients=8, pause=0.02, seed=5) as load:
        await load.reach(100)
        await asyncio.to_thread(outage_stack.postgres.kill)
        await asyncio.sleep(10)  # the length of the outage, not a wait for something
        await asyncio.to_thread(outage_stack.postgres.start)
        await load.reach(100)
        await load.stop()
    assert load.statuses[HTTPStatus.SERVICE_UNAVAILABLE] > 0
    await counted_exactly(breakable, load, within=90)


async def test_g5_postgresql_crashes_again_and_again(
    breakable: Installation, outage_stack: Stack
) -> None:
    """Each time at another place of a group's transaction; never anything but a 503."""
    assert outage_stack.postgres is not None
    async with Load(await offices(breakable), clients=24, seed=7) as load:
        for _ in range(2 * KILLS):
            await load.reach(150)
            await asyncio.to_thread(outage_stack.postgres.kill)
            await asyncio.to_thread(outage_stack.postgres.start)
        await load.stop()
    await counted_exactly(breakable, load, within=90)


async def test_g5_an_api_starts_and_serves_while_kafka_is_away(
    breakable: Installation, outage_stack: Stack
) -> None:
    assert outage_stack.broker is not None
    (desk,) = await offices(breakable, 1)
    await asyncio.to_thread(outage_stack.broker.kill)
    try:
        await restart(breakable, API)
        async with Load([desk], clients=2, seed=6) as load:
            await load.reach(20)
            await load.stop()
    finally:
        await asyncio.to_thread(outage_stack.broker.start)
    await counted_exactly(breakable, load, within=90)

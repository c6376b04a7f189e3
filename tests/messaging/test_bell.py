"""The bell: heard soon, rung rarely, never in the way."""

import asyncio

import asyncpg
import pytest

from shared.messaging.bell import OUTBOX_CHANNEL, Bell
from tests.messaging.probe import Probe
from tests.support.waiting import eventually


@pytest.fixture
def heard() -> list[str]:
    return []


async def test_many_rings_are_few_notifications(probe: Probe, heard: list[str]) -> None:
    listener = await asyncpg.connect(probe.worker)
    await listener.add_listener(OUTBOX_CHANNEL, lambda *_: heard.append("ring"))
    bell = Bell(probe.worker)
    await bell.start()
    loop = asyncio.get_running_loop()
    until = loop.time() + 0.5
    rings = 0
    while loop.time() < until:
        bell.ring()
        rings += 1
        await asyncio.sleep(0)
    await bell.stop()

    async def any_heard() -> bool:
        return len(heard) > 0

    await eventually(any_heard)
    await listener.close()
    assert rings > 100
    assert 2 <= len(heard) <= 28  # one per 20 ms, and one at the end


async def test_a_lost_connection_is_made_again(probe: Probe, heard: list[str]) -> None:
    listener = await asyncpg.connect(probe.worker)
    await listener.add_listener(OUTBOX_CHANNEL, lambda *_: heard.append("ring"))
    bell = Bell(probe.worker)
    await bell.start()
    admin = await asyncpg.connect(probe.admin)

    async def rung() -> bool:
        bell.ring()
        return len(heard) > 0

    await eventually(rung)
    await admin.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where usename = 'tera_probe_worker' and query like '%pg_notify%' and datname = $1",
        probe.worker.rpartition("/")[2],
    )
    heard.clear()
    await eventually(rung)
    await bell.stop()
    await admin.close()
    await listener.close()


async def test_ringing_without_a_database_raises_nothing() -> None:
    bell = Bell("postgresql://nobody@127.0.0.1:9/nothing")
    bell.ring()
    await bell.start()
    bell.ring()
    await bell.stop()

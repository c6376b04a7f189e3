"""G2 with real processes: a relay killed between sending and deleting, and a frozen one."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import pytest

from shared.messaging.relay import Relay
from tests.messaging.probe import SERVICE, Probe, person
from tests.support.waiting import eventually

pytestmark = [pytest.mark.broker, pytest.mark.chaos]


@asynccontextmanager
async def relay_process(probe: Probe, moment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.messaging.relay_process", moment),
        *(probe.worker, probe.bootstrap, probe.prefix),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def hears(process: asyncio.subprocess.Process, *words: str) -> str:
    assert process.stdout is not None
    while line := (await asyncio.wait_for(process.stdout.readline(), timeout=30)).decode().strip():
        if line.startswith(words):
            return line
    raise AssertionError(f"the relay process ended without a word of {words}")


@asynccontextmanager
async def healthy_relay(probe: Probe) -> AsyncIterator[Relay]:
    relay = Relay(probe.worker, bootstrap=probe.bootstrap, service=SERVICE, prefix=probe.prefix)
    await relay.start()
    try:
        yield relay
    finally:
        await relay.stop()


async def test_killed_between_sending_and_deleting(probe: Probe) -> None:
    """Everything arrives at least once, and the newest state of each person stands last."""
    people = [uuid4() for _ in range(30)]
    for version in (1, 2, 3):
        await probe.write([person(id_, version) for id_ in people])
    async with relay_process(probe, "before-delete") as process:
        await hears(process, "sent")
        process.kill()
        await process.wait()
    async with healthy_relay(probe):
        await emptied(probe)
    found = await versions(probe)
    assert {key: list(dict.fromkeys(seen)) for key, seen in found.items()} == {
        person(id_).key(): [1, 2, 3] for id_ in people
    }
    assert any(len(seen) > 3 for seen in found.values())  # it had sent some: duplicates follow
    assert all(seen[-1] == 3 for seen in found.values())


async def test_a_frozen_relay_cannot_write_stale_state(probe: Probe) -> None:
    """It has read version 1, freezes, loses its lock; another publishes 1 and 2; it thaws."""
    someone = uuid4()
    await probe.write([person(someone, 1)])
    async with relay_process(probe, "before-send") as frozen:
        await hears(frozen, "read")
        frozen.send_signal(signal.SIGSTOP)
        await end_relay_sessions(probe)
        async with healthy_relay(probe):
            await emptied(probe)
            await probe.write([person(someone, 2)])
            await emptied(probe)
            frozen.send_signal(signal.SIGCONT)
            assert frozen.stdin is not None
            frozen.stdin.write(b"go on\n")
            await frozen.stdin.drain()
            assert await hears(frozen, "published", "refused") != "published"
    assert await versions(probe) == {person(someone).key(): [1, 2]}


async def emptied(probe: Probe) -> None:
    async def empty() -> bool:
        return await probe.outbox() == 0

    await eventually(empty, within=30)


async def versions(probe: Probe) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for record in await probe.published():
        found.setdefault(record.key.decode(), []).append(json.loads(record.value)["version"])
    return found


async def end_relay_sessions(probe: Probe) -> None:
    admin = await asyncpg.connect(probe.admin)
    try:
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where application_name = 'tera-relay' and datname = $1",
            probe.worker.rpartition("/")[2],
        )
    finally:
        await admin.close()

"""A process starts, is probed, finishes what is in hand and says why it died."""

import asyncio
import os
import resource
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest

from tests.support.waiting import eventually


@dataclass
class Running:
    process: Process
    api: str
    metrics: str

    async def status(self, url: str) -> int:
        """The answer's status; 0 while nobody answers."""
        try:
            async with httpx.AsyncClient(timeout=5) as client:
                return (await client.get(url)).status_code
        except httpx.TransportError:
            return 0

    async def until_ready(self) -> None:
        async def ready() -> bool:
            return await self.status(f"{self.metrics}/readyz") == 200

        await eventually(ready, within=20)

    async def ended(self) -> tuple[int, str, str]:
        """Exit code, stdout, stderr."""
        out, err = await asyncio.wait_for(self.process.communicate(), 20)
        assert self.process.returncode is not None
        return self.process.returncode, out.decode(), err.decode()


@asynccontextmanager
async def running(mode: str) -> AsyncIterator[Running]:
    api, metrics = _free_port(), _free_port()
    environment = os.environ | {"TERA_HTTP_PORT": str(api), "TERA_METRICS_PORT": str(metrics)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.shared.a_process", mode,
        env=environment, stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    try:
        yield Running(process, f"http://127.0.0.1:{api}", f"http://127.0.0.1:{metrics}")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_after_the_requests_in_hand(number: signal.Signals) -> None:
    async with running("work") as it:
        await it.until_ready()
        assert await it.status(f"{it.metrics}/livez") == 200
        assert await it.status(f"{it.metrics}/metrics") == 200
        request = asyncio.create_task(it.status(f"{it.api}/slow"))
        assert it.process.stdout is not None
        assert await it.process.stdout.readline() == b"request began\n"
        it.process.send_signal(number)
        assert await request == 200
        code, out, _ = await it.ended()
        assert (code, out) == (0, "worker asked to stop\nworker finished\n")


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("die", "The worker failed, so the process ends too: ValueError: the work is too hard"),
        ("refuse", "The worker failed, so the process ends too: ValueError: no work today"),
        (
            "wait",
            "The moon did not answer within 0.5 seconds (ConnectionRefusedError nobody there): "
            "check that it runs and that its address is right.",
        ),
    ],
)
async def test_a_worker_that_cannot_work_ends_the_process(mode: str, reason: str) -> None:
    async with running(mode) as it:
        code, out, err = await it.ended()
    assert code == 1
    assert out.splitlines()[-1] == reason
    assert "process.part_ended" in err


async def test_a_taken_port_is_named() -> None:
    async with running("work") as first:
        await first.until_ready()
        port = first.api.rpartition(":")[2]
        second = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.shared.a_process", "work",
            env=os.environ | {"TERA_HTTP_PORT": port}, stdout=PIPE, stderr=PIPE,
        )  # fmt: skip
        out, _ = await second.communicate()
        assert second.returncode == 1
        assert f"Cannot listen on 127.0.0.1:{port}" in out.decode()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


async def test_the_limit_of_open_files_is_no_limit_of_open_streams() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))  # inherited by the process
    try:
        async with running("work") as process:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            await process.until_ready()
            limits = resource.prlimit(process.process.pid, resource.RLIMIT_NOFILE)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert limits == (hard, hard)

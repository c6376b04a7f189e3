"""Ctrl-C ends what the demo does, whatever becomes of the cancellation."""

import subprocess
import sys

import pytest

_PROGRAM = """
import asyncio, os, signal
from contextlib import suppress
from cli.demo.interrupts import run

async def obedient():
    os.kill(os.getpid(), signal.SIGINT)
    await asyncio.sleep(60)

async def deaf():
    with suppress(asyncio.CancelledError):
        await obedient()

async def calm():
    return 7

try:
    print(run(KIND()))
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.parametrize(
    ("kind", "said"), [("obedient", "interrupted"), ("deaf", "interrupted"), ("calm", "7")]
)
def test_ctrl_c_is_not_lost(kind: str, said: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _PROGRAM.replace("KIND", kind)],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert (ended.stdout.strip(), ended.stderr) == (said, "")

"""Runs `tera` as an operator would, against an installation."""

import asyncio
import subprocess
import sys

from tests.support.installation import Installation


async def tera(running: Installation, *arguments: str, fails: bool = False) -> str:
    """What the command prints. Raises AssertionError where its success is not as expected."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "cli", *arguments],
        env=dict(running.environment) | {"COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout + (done.stderr if fails else "")

"""Waits until scoring has counted what was sent."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final

from cli.client import Login
from cli.errors import UserError

_CHUNK: Final = 1000
_POLL: Final = 0.25


async def until_counted(
    login: Login, facts: Sequence[str], *, seconds: float, progress: Callable[[int], None]
) -> None:
    """Return once all facts are in their scores; ``progress`` hears how many are.

    Raise ``UserError`` when the seconds are over.
    """
    limit = time.monotonic() + seconds
    for start in range(0, len(facts), _CHUNK):
        chunk = facts[start : start + _CHUNK]
        while True:
            status = await login.post("scoring", "/v1/facts/status", {"fact_ids": chunk})
            left = status["unknown"] + status["waiting"] + status["stale"]
            progress(start + max(0, len(chunk) - left))
            if not left:
                break
            if time.monotonic() > limit:
                raise UserError(
                    f"All answers are stored, but scoring has not counted {left} of them after "
                    f"{seconds:.0f} s: see that its worker runs. Importing again is safe."
                )
            await asyncio.sleep(_POLL)

"""How long to wait before trying again: longer each time, never in step with others."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import suppress


def delays(first: float = 0.1, limit: float = 5.0) -> Iterator[float]:
    """Seconds to wait, for ever: half to all of 1, 2, 4, ... times ``first``, at most ``limit``."""
    longest = first
    while True:
        yield longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, hides nothing
        longest = min(longest * 2, limit)


async def stops_within(stopping: asyncio.Event, seconds: float) -> bool:
    """Wait ``seconds``, or less where ``stopping`` is set; whether it is."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), timeout=seconds)
    return stopping.is_set()

"""Waiting for a condition instead of sleeping."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(
    check: Callable[[], Awaitable[T]], *, within: float = 10.0, every: float = 0.05
) -> T:
    """Await `check` until it returns something true without AssertionError; return that.

    After `within` seconds the last AssertionError is raised, or one that shows the last value.
    """
    limit = time.monotonic() + within
    while True:
        try:
            value = await check()
            failure = AssertionError(f"still {value!r} after {within} s")
            if value:
                return value
        except AssertionError as error:
            failure = error
        if time.monotonic() >= limit:
            raise failure
        await asyncio.sleep(every)

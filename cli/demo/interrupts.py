"""Ctrl-C that is not lost."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """As `asyncio.run`, but raise KeyboardInterrupt after Ctrl-C also where `main` went on.

    Ctrl-C becomes a cancellation, and libraries lose one now and then: the `wait_for` of Python
    3.11 does when what it waits for is ready at that very moment.
    """
    return asyncio.run(_remember(main))


async def _remember(main: Coroutine[Any, Any, T]) -> T:
    task, interrupted = asyncio.ensure_future(main), asyncio.Event()

    def interrupt() -> None:
        interrupted.set()
        task.cancel()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        await asyncio.wait({task})
    finally:
        loop.remove_signal_handler(signal.SIGINT)
    if interrupted.is_set():
        raise KeyboardInterrupt
    return task.result()

"""Work that becomes due by itself: repeated, woken early, tried again after what passes by."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic

import structlog

from shared.backoff import delays, stops_within
from shared.db import is_transient

LONGEST_REST = 0.5

log = structlog.get_logger()


class Loop:
    """Repeats ``step`` while it says there is more, then waits to be woken, or for the poll.

    ``step`` is a transaction of its own and safe to repeat: after a transient failure it is tried
    again, later each time. Any other failure ends the loop, and with it the process.

    ``poll`` seconds pass between two looks when nobody wakes it: work of other processes. ``gap``
    seconds lie at least between the beginnings of two steps. After a step it rests ``rest`` times
    as long as the step took (half a second at most), so that others come first under load.
    ``eager`` loops are woken after each batch that a consumer of the process commits.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[bool]],
        *,
        poll: float,
        gap: float = 0.0,
        rest: float = 0.0,
        eager: bool = False,
    ) -> None:
        self.eager = eager
        self._name = name
        self._step = step
        self._poll = poll
        self._gap = gap
        self._rest = rest
        self._wanted = asyncio.Event()
        self._stopping = asyncio.Event()

    def wake(self) -> None:
        """Look now. Synchronous and cheap."""
        self._wanted.set()

    def stop(self) -> None:
        """Let ``run`` return after the step in hand."""
        self._stopping.set()
        self._wanted.set()

    async def run(self) -> None:
        """Go on until ``stop``; raises what ``step`` could not get over."""
        waits = delays()
        while not self._stopping.is_set():
            began = monotonic()
            self._wanted.clear()
            try:
                more = await self._step()
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning(
                    "A step failed for a reason that passes by; it is tried again",
                    action="loop.retry",
                    loop=self._name,
                    error=type(error).__name__,
                )
                await stops_within(self._stopping, next(waits))
                continue
            waits = delays()
            took = monotonic() - began
            earliest = began + max(self._gap, took + min(self._rest * took, LONGEST_REST))
            if not more:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wanted.wait(), self._poll)
            await stops_within(self._stopping, max(0.0, earliest - monotonic()))

"""The loops of scoring's worker: recount, recompute, measure."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic

import structlog

from services.scoring.ledger import store as ledger
from services.scoring.scorecards.recompute import MARKS_AT_ONCE, recompute_some
from shared.db import Pool, is_transient, transaction
from shared.messaging.backoff import delays, stops_within
from shared.observability import metrics

POLL = 1.0
"""Seconds between two looks when nobody wakes the loop: work of other processes."""
GAP = 0.05
"""Seconds from one recompute to the next: what is counted meanwhile is computed at once."""
REST = 2.0
"""How many times as long as a step took its loop rests: counting comes first under load."""
LONGEST_REST = 0.5
MEASURE = 5.0

log = structlog.get_logger()


class Loop:
    """Repeats ``step`` while it says there is more, then waits to be woken, or for the poll.

    ``step`` is a transaction of its own and safe to repeat: after a transient failure it is tried
    again, later each time. Any other failure ends the loop, and with it the process.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[bool]],
        *,
        poll: float,
        gap: float = 0.0,
        rest: float = 0.0,
    ) -> None:
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


def recompute_loop(pool: Pool, *, announced: Callable[[], None]) -> Loop:
    """Keeps the cards up to date; ``announced`` is called after commits that may have enqueued."""

    async def step() -> bool:
        async with transaction(pool) as connection:
            done = await recompute_some(connection)
        if done:
            announced()
        return done >= MARKS_AT_ONCE

    return Loop("recompute", step, poll=POLL, gap=GAP, rest=REST)


def recount_loop(pool: Pool, *, recounted: Callable[[], None]) -> Loop:
    """Works off the queue of recounts; ``recounted`` is called after each page."""

    async def step() -> bool:
        async with transaction(pool) as connection:
            done = await ledger.recount_some(connection)
        if done:
            recounted()
        return done

    return Loop("recount", step, poll=POLL, rest=REST)


def measure_loop(pool: Pool) -> Loop:
    """Shows how many facts wait and how many marks stand."""

    async def step() -> bool:
        async with transaction(pool) as connection:
            metrics.FACTS_WAITING.set(await ledger.waiting(connection))
            metrics.CARDS_STALE.set(await ledger.marked(connection))
        return False

    return Loop("measure", step, poll=MEASURE)

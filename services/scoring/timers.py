"""The loops of scoring's worker: recount, recompute, measure."""

from collections.abc import Callable

from services.scoring.ledger import marks, recounts
from services.scoring.ledger import store as ledger
from services.scoring.scorecards.recompute import MARKS_AT_ONCE, recompute_some
from services.scoring.scorecards.rules import unit_key
from shared.db import Pool, transaction
from shared.loop import Loop
from shared.messaging.bell import Bell
from shared.observability import metrics

POLL = 1.0
GAP = 0.05
"""Seconds from one recompute to the next: what is counted meanwhile is computed at once."""
REST = 4.0
"""Under load they take a fifth of the time: counting comes first."""
MEASURE = 5.0


def loops(pool: Pool, bell: Bell) -> list[Loop]:
    """All of them; the bell is rung after commits that may have enqueued."""
    recompute = _recompute(pool, bell)
    return [recompute, _recount(pool, recompute.wake), _measure(pool)]


def _recompute(pool: Pool, bell: Bell) -> Loop:
    """Keeps the cards up to date, and wakes who looks at the unit of one that changed."""

    async def step() -> bool:
        async with transaction(pool) as connection:
            done = await recompute_some(connection)
        if done.marks:
            bell.ring()
            bell.announce(unit_key(s.tenant_id, s.id) for s in done.subjects if s.kind == "unit")
        return done.marks >= MARKS_AT_ONCE

    return Loop("recompute", step, poll=POLL, gap=GAP, rest=REST, eager=True)


def _recount(pool: Pool, recounted: Callable[[], None]) -> Loop:
    """Works off the queue of recounts; ``recounted`` is called after each page."""

    async def step() -> bool:
        async with transaction(pool) as connection:
            done = await recounts.recount_some(connection)
        if done:
            recounted()
        return done

    return Loop("recount", step, poll=POLL, rest=REST, eager=True)


def _measure(pool: Pool) -> Loop:
    """Shows how many facts wait, how many marks stand, and what fails again and again."""

    async def step() -> bool:
        async with transaction(pool) as connection:
            metrics.FACTS_WAITING.set(await ledger.waiting(connection))
            metrics.CARDS_STALE.set(await marks.standing(connection))
            metrics.SET_ASIDE.labels("cards").set(await marks.setbacks(connection))
            metrics.SET_ASIDE.labels("recount").set(await recounts.set_aside(connection))
        return False

    return Loop("measure", step, poll=MEASURE)

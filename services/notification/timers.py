"""The loops of notification's worker: tell, collect, forget, measure."""

from datetime import UTC, datetime, timedelta
from typing import Final

from services.notification.digests import daily, monthly
from services.notification.notices import store as notices
from services.notification.occasions import store as occasions
from services.notification.occasions.telling import AT_ONCE, tell_some
from services.notification.wording.rules import Occasion
from shared.db import Pool, transaction
from shared.loop import Loop
from shared.messaging.bell import Bell
from shared.observability import metrics

POLL: Final = 1.0
DIGEST_POLL: Final = 60.0
FORGET_POLL: Final = 3600.0
MEASURE: Final = 5.0
KEPT_FOR: Final = timedelta(days=400)
"""As long as answers are: reading them again finds every notice that was made of them."""
_FORGET_AT_ONCE: Final = 1000


def loops(pool: Pool, bell: Bell) -> list[Loop]:
    """All of them; the bell tells open inboxes of what was made."""
    for occasion in Occasion:  # at zero before the first: a rate cannot see that step
        metrics.NOTICES.labels(occasion)
        metrics.NOTICES_GIVEN_UP.labels(occasion)
    tell = _tell(pool, bell)
    return [tell, _monthly(pool, tell), _daily(pool), _forget(pool), _measure(pool)]


def _tell(pool: Pool, bell: Bell) -> Loop:
    """Turns occasions into notices."""

    async def step() -> bool:
        async with transaction(pool) as connection:
            told = await tell_some(connection, now=datetime.now(UTC))
        bell.announce(told.keys)
        return told.looked >= AT_ONCE

    return Loop("tell", step, poll=POLL, eager=True)


def _monthly(pool: Pool, tell: Loop) -> Loop:
    """Records the digests of the month that ended; first a while after the start, so that scores
    which came meanwhile are read before."""
    begun = False

    async def step() -> bool:
        nonlocal begun
        if begun and await monthly.record_due(pool, now=datetime.now(UTC)):
            tell.wake()
        begun = True
        return False

    return Loop("monthly-digest", step, poll=DIGEST_POLL)


def _daily(pool: Pool) -> Loop:
    """Sends what was collected for a day."""

    async def step() -> bool:
        async with transaction(pool) as connection:
            return await daily.send_due(connection, now=datetime.now(UTC)) >= daily.AT_ONCE

    return Loop("daily-digest", step, poll=DIGEST_POLL)


def _forget(pool: Pool) -> Loop:
    """Deletes notices and occasions whose time is over, in short transactions."""

    async def step() -> bool:
        more = False
        for forget in (notices.forget, occasions.forget):
            async with transaction(pool) as connection:
                done = await forget(connection, older_than=KEPT_FOR, limit=_FORGET_AT_ONCE)
            more = more or done == _FORGET_AT_ONCE
        return more

    return Loop("forget-notices", step, poll=FORGET_POLL)


def _measure(pool: Pool) -> Loop:
    """Shows how many occasions wait."""

    async def step() -> bool:
        async with transaction(pool) as connection:
            metrics.OCCASIONS_WAITING.set(await occasions.waiting(connection))
        return False

    return Loop("measure", step, poll=MEASURE)

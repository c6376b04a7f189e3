"""Forgets idempotency keys when their time is over."""

from datetime import UTC, datetime, timedelta
from typing import Final

from services.feedback.answers import store as answers
from services.feedback.visits import store as visits
from shared.db import Pool, transaction
from shared.loop import Loop
from shared.messaging.bell import Bell

KEY_LIFETIME: Final = timedelta(hours=72)
BETWEEN_ROUNDS: Final = 600.0
_AT_ONCE: Final = 1000


def loops(pool: Pool, _: Bell) -> list[Loop]:
    """What the worker repeats; nothing of it enqueues."""

    async def step() -> bool:
        await forget_idempotency_keys(pool)
        return False

    return [Loop("forget-keys", step, poll=BETWEEN_ROUNDS)]


async def forget_idempotency_keys(pool: Pool) -> int:
    """Free the keys older than 72 hours, of walk-in answers and of visits; how many.

    Oldest first, in short transactions. Safe to run twice, and side by side. Tokens are never
    freed: they are used once for all.
    """
    before = datetime.now(UTC) - KEY_LIFETIME
    forgotten = 0
    for release in (answers.release_claims_of_keys, visits.release_claims_of_keys):
        done = _AT_ONCE
        while done == _AT_ONCE:
            async with transaction(pool) as connection:
                done = await release(connection, before=before, limit=_AT_ONCE)
            forgotten += done
    return forgotten

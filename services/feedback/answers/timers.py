"""Forgets idempotency keys when their time is over."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from services.feedback.answers import store
from shared.db import Pool, transaction
from shared.loop import Loop

KEY_LIFETIME: Final = timedelta(hours=72)
BETWEEN_ROUNDS: Final = 600.0
_AT_ONCE: Final = 1000


def loops(pool: Pool, _: Callable[[], None]) -> list[Loop]:
    """What the worker repeats; nothing of it enqueues."""

    async def step() -> bool:
        await forget_idempotency_keys(pool)
        return False

    return [Loop("forget-keys", step, poll=BETWEEN_ROUNDS)]


async def forget_idempotency_keys(pool: Pool) -> int:
    """Free the keys older than 72 hours, oldest first, in short transactions; how many.

    Safe to run twice, and side by side. Tokens are never freed: they are used once for all.
    """
    received_before = datetime.now(UTC) - KEY_LIFETIME
    forgotten = 0
    while True:
        async with transaction(pool) as connection:
            done = await store.release_claims_of_keys(
                connection, received_before=received_before, limit=_AT_ONCE
            )
        forgotten += done
        if done < _AT_ONCE:
            return forgotten

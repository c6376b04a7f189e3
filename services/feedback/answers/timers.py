"""Forgets idempotency keys when their time is over."""

from datetime import UTC, datetime, timedelta
from typing import Final

from services.feedback.answers import store
from shared.db import Pool, transaction

KEY_LIFETIME: Final = timedelta(hours=72)
_AT_ONCE: Final = 1000


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

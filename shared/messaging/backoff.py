"""How long to wait before trying again: longer each time, never in step with others."""

import random
from collections.abc import Iterator


def delays(first: float = 0.1, limit: float = 5.0) -> Iterator[float]:
    """Seconds to wait, for ever: half to all of 1, 2, 4, ... times ``first``, at most ``limit``."""
    longest = first
    while True:
        yield longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, hides nothing
        longest = min(longest * 2, limit)

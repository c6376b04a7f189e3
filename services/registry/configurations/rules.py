"""What a configuration may not say, whatever kind it is about."""

from collections.abc import Hashable, Iterable


def given_twice(keys: Iterable[Hashable]) -> list[int]:
    """The places, from 0 on, of entries that an earlier one with the same key contradicts."""
    seen = set()
    found = []
    for place, key in enumerate(keys):
        if key in seen:
            found.append(place)
        seen.add(key)
    return found

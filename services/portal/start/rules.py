"""The code that a poster shows in one piece: the office's short name and the counter's code."""

import re
from typing import Final

LONGEST: Final = 80
"""A short name has 63 letters at most; anybody may send anything."""
_CODE: Final = re.compile(r"([a-z0-9]+(?:-+[a-z0-9]+)*)[\s/_-]+([0-9a-z]{6})")


def place_of(typed: str) -> tuple[str, str] | None:
    """Office and counter of what somebody typed; None where it cannot be a code.

    `Bandung 7k3m9p` is `("bandung", "7K3M9P")`. Letters that look like digits are for feedback to
    understand: it knows its alphabet.
    """
    words = typed.strip().lower()
    found = _CODE.fullmatch(words) if len(words) <= LONGEST else None
    return (found[1], found[2].upper()) if found else None


def poster_code(slug: str, code: str) -> str:
    """What the poster shows."""
    return f"{slug}-{code}"

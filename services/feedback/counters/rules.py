"""Codes that people read from a sign and type on a phone."""

import secrets
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O (read as 1, 1, 0) and no U (no accidental words)."""

LENGTH: Final = 6
_LOOKALIKES: Final = str.maketrans("ILO", "110", " -")


def new_code() -> str:
    """Six characters; the database refuses one that the tenant already has."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def typed(code: str) -> str:
    """The code somebody meant: case, spaces, hyphens and look-alikes do not matter."""
    return code.upper().translate(_LOOKALIKES)

"""Claims and digests: both are SHA-256, so that neither a key nor a content can be read back."""

import hashlib
from typing import Final

LONGEST_KEY: Final = 200
"""Characters of an ``Idempotency-Key``; it has at least one."""


def claim_of(kind: str, value: str) -> bytes:
    """What a request claims for itself; only one request of a tenant can hold it."""
    return hashlib.sha256(f"{kind}:{value}".encode()).digest()


def digest_of(*content: object) -> bytes:
    """Tells whether two requests with one claim say the same; ``content`` has a plain ``repr``."""
    return hashlib.sha256(repr(content).encode()).digest()

"""What can be true of a visit, and its answer token (rules section 5)."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.feedback.idempotency.rules import claim_of

CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far ahead of ours the clock of a queue system may run."""


@dataclass(frozen=True, slots=True)
class Times:
    """The moments of one visit, as far as they are known."""

    taken_at: datetime | None = None
    called_at: datetime | None = None
    serving_at: datetime | None = None
    finished_at: datetime | None = None
    left_at: datetime | None = None


def impossible(times: Times, now: datetime) -> list[tuple[str, str]]:
    """Each field that cannot be true, with why; empty where the visit can have happened."""
    found = []
    last: tuple[str, datetime] | None = None
    for name in ("taken_at", "called_at", "serving_at", "finished_at"):
        moment: datetime | None = getattr(times, name)
        if moment is None:
            continue
        if last is not None and moment < last[1]:
            found.append((name, f"must not be before {last[0]}"))
        last = (name, moment)
    if times.left_at is not None:
        if times.finished_at is not None:
            found.append(("left_at", "a visit is finished or left, not both"))
        elif last is not None and times.left_at < last[1]:
            found.append(("left_at", f"must not be before {last[0]}"))
    for name in Times.__dataclass_fields__:
        moment = getattr(times, name)
        if moment is not None and moment > now + CLOCK_SKEW:
            found.append((name, "must not be in the future"))
    return found


def new_token() -> str:
    """128 random bits in 22 characters that fit an address and a QR code."""
    return secrets.token_urlsafe(16)


def token_hash(token: str) -> bytes:
    """What is stored of a token: who reads the database cannot answer for a citizen."""
    return hashlib.sha256(token.encode()).digest()


def claim_of_key(caller: str, key: str) -> bytes:
    """An ``Idempotency-Key`` of one caller: two queue systems may number their tickets alike."""
    return claim_of("visit", f"{len(caller)}:{caller}:{key}")

"""The life of an answer: who may claim it, when it happened, which states follow which."""

from datetime import UTC, date, datetime, time
from hashlib import sha256
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from services.feedback.idempotency.rules import claim_of

ACCEPTED: Final = "accepted"
PARKED: Final = "parked"
WITHDRAWN: Final = "withdrawn"

_NOON: Final = time(12)


class WithdrawnForGoodError(Exception):
    """A withdrawn answer does not come back."""


class FutureDayError(Exception):
    """The day of service has not begun in the tenant's zone."""


def next_state(current: str, wanted: str) -> str | None:
    """The state after a decision; None where nothing changes, so that no revision is made.

    Raises ``WithdrawnForGoodError``: withdrawn is final.
    """
    if current == wanted:
        return None
    if current == WITHDRAWN:
        raise WithdrawnForGoodError
    return wanted


def claim_of_token(token: str) -> bytes:
    """A token can be answered with once."""
    return claim_of("token", token)


def claim_of_key(key: str) -> bytes:
    """An ``Idempotency-Key`` of a walk-in answer."""
    return claim_of("key", key)


def claim_of_line(batch: str, line: int) -> bytes:
    """A line of a paper batch; equal lines at different places both count."""
    return claim_of("paper", f"{batch}:{line}")


def place_in_the_mix(fact_id: UUID) -> bytes:
    """A place that tells nothing: an id holds the moment at which the answer came, and a list by id
    tells who came after whom."""
    return sha256(fact_id.bytes).digest()


def noon_of(day: date, zone: str, *, received_at: datetime) -> datetime:
    """When an answer of which only the day is known happened: noon there, never after it came.

    Raises ``FutureDayError`` where the day is after today in that zone.
    """
    place = ZoneInfo(zone)
    if day > received_at.astimezone(place).date():
        raise FutureDayError
    noon = datetime.combine(day, _NOON, place).astimezone(UTC)
    return min(noon, received_at)

"""What an attempt can come to, and when the next one is made."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

UNKNOWN = "unknown"
"""The result of an attempt whose process ended before it could write one down: whether the message
was handed over, nobody knows. It is handed over again, under the same id."""


MOST_LOST = 5
"""After so many of these it is the message that ends processes, or makes servers hang up after they
took it: it is given up, and not sent for ever."""


class Verdict(Enum):
    """What follows from an attempt."""

    DELIVERED = "delivered"
    LATER = "later"
    """Passes by itself: tried again."""
    NEVER = "never"
    """Would fail again in the same way."""


@dataclass(frozen=True, slots=True)
class Result:
    """``slug`` is one of a few words, for the log, the event and a metric's label."""

    slug: str
    verdict: Verdict


ACCEPTED = Result("accepted", Verdict.DELIVERED)
"""Whoever was to take the message over has done so, on every channel."""


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """One message to one recipient through one channel, not before ``due_at``.

    ``recipient_kind``, ``channel`` and ``occasion`` are values of the contracts.
    """

    tenant_id: UUID
    notice_id: UUID
    occasion: str
    recipient_kind: str
    recipient_id: UUID
    channel: str
    due_at: datetime
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this process may attempt until its claim runs out.

    ``attempts`` were made before; of ``lost`` ones among them nobody knows whether the message was
    handed over. ``first_due_at`` is when the first one became due.
    """

    tenant_id: UUID
    id: UUID
    notice_id: UUID
    occasion: str
    recipient_kind: str
    recipient_id: UUID
    channel: str
    first_due_at: datetime
    attempts: int
    claim: UUID
    traceparent: str | None = None
    lost: int = 0

    @property
    def lane(self) -> UUID:
        """What may hang: the web-hook, or whatever the tenant's messages go through."""
        return self.recipient_id if self.channel == "webhook" else self.tenant_id


@dataclass(frozen=True, slots=True)
class Delivery:
    """An entry of the log. ``outcome`` is ``waiting`` until it has ended; ``due_at`` is when the
    next attempt is made, ``reason`` why it failed or was skipped."""

    id: UUID
    notice_id: UUID
    occasion: str
    recipient_kind: str
    recipient_id: UUID
    channel: str
    outcome: str
    reason: str | None
    attempts: int
    first_due_at: datetime
    due_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """``result`` is null while it runs. After ``unknown`` the message may have arrived all the
    same: the next attempt carries the same id, by which receivers know it again."""

    number: int
    began_at: datetime
    milliseconds: int | None
    result: str | None


@dataclass(frozen=True, slots=True)
class Patience:
    """Waits of ``first``, twice that, ... at most ``longest``, until ``total`` has passed."""

    total: timedelta = timedelta(hours=24)
    first: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(hours=1)

    def next_attempt(
        self, *, attempts: int, first_due_at: datetime, now: datetime, spread: float
    ) -> datetime | None:
        """When to try again after so many attempts; None once the time is over.

        ``spread`` is a random number from 0 to 1: a wait is half to all of its length, so that
        what failed together does not come back together.
        """
        if now - first_due_at >= self.total:
            return None
        # Beyond 2^20 every wait is the longest; a larger power would not fit a timedelta.
        wait: timedelta = min(self.first * 2 ** min(attempts - 1, 20), self.longest)
        return min(now + wait * (0.5 + spread / 2), first_due_at + self.total)

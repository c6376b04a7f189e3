"""Whether a citizen's answer can be taken, and what it is about."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.feedback.answers.rules import FutureDayError, noon_of


class Refusal(StrEnum):
    """Why not; the values are the slugs of the problems that citizens get."""

    UNKNOWN_TENANT = "unknown-tenant"
    UNKNOWN_TOKEN = "unknown-token"  # noqa: S105 - no password
    TOKEN_EXPIRED = "token-expired"  # noqa: S105
    TOKEN_USED = "token-used"  # noqa: S105
    UNKNOWN_COUNTER = "unknown-counter"
    COUNTER_SWITCHED_OFF = "counter-switched-off"
    FUTURE_SERVICE_DAY = "future-service-day"
    IDEMPOTENCY_KEY_REUSED = "idempotency-key-reused"


@dataclass(frozen=True, slots=True)
class VisitFound:
    """The visit of a token."""

    id: UUID
    unit_id: UUID
    service_id: UUID
    officer_id: UUID | None
    served_at: datetime | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CounterFound:
    """The counter of a code; ``open`` while neither it nor its unit or service has ended."""

    id: UUID
    unit_id: UUID
    service_id: UUID
    open: bool


def refusal_of_visit(visit: VisitFound | None, received_at: datetime) -> Refusal | None:
    """None where the visit can be answered now. Whether it was is for the database to say."""
    if visit is None:
        return Refusal.UNKNOWN_TOKEN
    return Refusal.TOKEN_EXPIRED if received_at > visit.expires_at else None


def refusal_of_counter(counter: CounterFound | None) -> Refusal | None:
    """None where walk-in answers are taken."""
    if counter is None:
        return Refusal.UNKNOWN_COUNTER
    return None if counter.open else Refusal.COUNTER_SWITCHED_OFF


def occurred_at(
    served_at: datetime | None, service_day: date | None, *, zone: str, received_at: datetime
) -> datetime | Refusal:
    """When the service was rendered: as the visit says, else noon of the stated day, else now."""
    try:
        stated = noon_of(service_day, zone, received_at=received_at) if service_day else received_at
    except FutureDayError:
        return Refusal.FUTURE_SERVICE_DAY
    return min(served_at, received_at) if served_at else stated

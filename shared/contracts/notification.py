"""What became of a message. Ids only: no address, no subject line, no text."""

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Event, Instant


class RecipientKind(StrEnum):
    PERSON = "person"
    WEBHOOK = "webhook"


class Channel(StrEnum):
    """``gateway`` is whatever stands behind the tenant's HTTP gateway: WhatsApp or SMS."""

    INBOX = "inbox"
    EMAIL = "email"
    WEBHOOK = "webhook"
    GATEWAY = "gateway"


class DeliveryOutcome(StrEnum):
    """``skipped`` was never tried; ``failed`` was tried until its time was over."""

    DELIVERED = "delivered"
    FAILED = "failed"
    SKIPPED = "skipped"


Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]


class DeliveryEnded(Event):
    """The last state of one message to one recipient through one channel."""

    type: ClassVar[str] = "notification.delivery_ended.v1"
    topic: ClassVar[str] = "notification.deliveries.v1"

    delivery_id: UUID
    recipient_kind: RecipientKind
    recipient_id: UUID
    occasion: Slug
    """Why somebody hears of it, such as ``grade_changed``."""
    channel: Channel
    outcome: DeliveryOutcome
    reason: Slug | None = None
    """Why it failed or was skipped."""
    attempts: Annotated[int, Field(ge=0)]
    ended_at: Instant

    def subject(self) -> str:
        return f"{self.recipient_kind}/{self.recipient_id}"

"""What a web-hook is sent, and how the receiver sees that it is from us (Standard Webhooks)."""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

SECRET_BYTES = 32
MOST_WEBHOOKS = 20
"""Of one tenant."""
OVERLAP = timedelta(hours=24)
"""How long the previous secret signs too, so that receivers can change over."""


_IDENTITIES = UUID("5b0c4d5e-52a5-4f1e-9a53-0f6a4cf2a1d7")


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a tenant wants to hear of which occasions; none listed means all."""

    id: UUID
    url: str
    occasions: tuple[str, ...] = ()
    enabled: bool = True
    previous_until: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Announcement:
    """An occasion as web-hooks hear of it. ``source`` tells two of a kind apart; ``data`` is JSON
    with ids and numbers only, and no hour of an answer: whoever knows it knows the citizen."""

    tenant_id: UUID
    occasion: str
    source: str
    data: Mapping[str, Any]
    traceparent: str | None = None

    @property
    def id(self) -> UUID:
        """The same for the same occasion, however often it is announced."""
        return uuid5(_IDENTITIES, f"{self.tenant_id}/{self.occasion}/{self.source}")


def shown_secret(secret: bytes) -> str:
    """As a receiver's library wants it."""
    return f"whsec_{b64encode(secret).decode()}"


def body(announcement: UUID, *, occasion: str, at: datetime, data: Mapping[str, Any]) -> bytes:
    """The JSON that is sent, the same bytes at each attempt."""
    document = {
        "id": str(announcement),
        "type": occasion,
        "timestamp": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "data": data,
    }
    return json.dumps(document, separators=(",", ":"), sort_keys=True).encode()


def signed_headers(
    message: UUID, *, now: datetime, content: bytes, secrets: Iterable[bytes]
) -> dict[str, str]:
    """Headers with one signature for each live secret, over id, time and body.

    ``message`` stays the same at each attempt: the receiver knows a repetition by it.
    """
    seconds = int(now.timestamp())
    signed = f"{message}.{seconds}.".encode() + content
    return {
        "content-type": "application/json",
        "user-agent": "Tera",
        "webhook-id": str(message),
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(
            "v1," + b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
            for secret in secrets
        ),
    }

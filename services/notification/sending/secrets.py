"""Opening what tenants entrusted us with, at the moment it is used."""

from collections.abc import Sequence
from typing import Final

import structlog

from services.notification.deliveries.rules import Result, Verdict
from services.notification.sealing import Seal, Unreadable

UNREADABLE: Final = Result("secret_unreadable", Verdict.LATER)

log = structlog.get_logger()


def opened(seal: Seal | None, sealed: Sequence[bytes], *, place: str) -> list[bytes] | None:
    """The secrets, or None where this installation's key does not open them."""
    try:
        return [seal.open(secret, place=place) for secret in sealed] if seal else None
    except Unreadable:
        log.error(
            "A tenant's secret cannot be opened: was TERA_NOTIFICATION_SIGNING_SECRET changed?",
            action="seal.unreadable",
        )
        return None

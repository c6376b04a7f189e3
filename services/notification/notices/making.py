"""Notices into inboxes, and messages to the channels each reader wants: one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notification.deliveries import store as deliveries
from services.notification.deliveries.rules import NewDelivery
from services.notification.notices import store
from services.notification.notices.rules import NewNotice, stream_key
from services.notification.preferences import store as preferences
from services.notification.preferences.rules import INBOX, next_digest, when
from services.notification.preferences.store import Held
from services.notification.wording.rules import Occasion
from shared.contracts import RecipientKind
from shared.db import Connection
from shared.observability import metrics


async def make(connection: Connection, wanted: Sequence[NewNotice], *, now: datetime) -> list[str]:
    """Tell each person once of each occasion, however often it is asked for.

    Returns the keys to announce after the commit. Two of these in one transaction could deadlock
    with another one's: they lock inboxes.
    """
    unique = {notice.identity: notice for notice in wanted}
    if not unique:
        return []
    people = sorted({(notice.tenant_id, notice.person_id) for notice in unique.values()})
    held = await preferences.of_people(connection, people)
    plans = [
        _plan(notice, held[notice.tenant_id, notice.person_id], now) for notice in unique.values()
    ]
    made = await store.insert(connection, people, plans)
    await deliveries.enqueue(
        connection,
        [
            delivery
            for row in made
            if row["digest_at"] is None
            for delivery in _deliveries(
                row, held[row["tenant_id"], row["person_id"]], now, trace=_trace(row, unique)
            )
        ],
    )
    for row in made:
        metrics.NOTICES.labels(row["occasion"]).inc()
    return sorted({stream_key(row["tenant_id"], row["person_id"]) for row in made})


def _plan(notice: NewNotice, held: Held, now: datetime) -> store.Plan:
    preference = held.preference
    occasion = Occasion(notice.occasion)
    channels = preference.channels_for(occasion)
    collected = (
        occasion is Occasion.CRITICAL_ANSWER
        and preference.critical_daily
        and any(channel != INBOX for channel in channels)
    )
    return store.Plan(
        notice,
        in_inbox=INBOX in channels,
        digest_at=next_digest(now, held.zone) if collected else None,
    )


def _trace(row: Any, wanted: Mapping[Any, NewNotice]) -> str | None:
    identity = row["tenant_id"], row["occasion"], row["source"], row["person_id"]
    return wanted[identity].traceparent


def _deliveries(row: Any, held: Held, now: datetime, *, trace: str | None) -> list[NewDelivery]:
    due = when(now, held.preference.quiet, held.zone)
    recipient: UUID = row["person_id"]
    return [
        NewDelivery(
            tenant_id=row["tenant_id"],
            notice_id=row["id"],
            occasion=row["occasion"],
            recipient_kind=RecipientKind.PERSON,
            recipient_id=recipient,
            channel=channel,
            due_at=due,
            traceparent=trace,
        )
        for channel in held.preference.channels_for(Occasion(row["occasion"]))
        if channel != INBOX
    ]

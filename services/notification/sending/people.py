"""Notices in their readers' words, with what is needed to reach them."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import structlog

from services.notification.addresses.client import Addresses, Unavailable
from services.notification.addresses.rules import Contact
from services.notification.deliveries.rules import Claimed, Result, Verdict
from services.notification.notices import store as notices
from services.notification.preferences import store as preferences
from services.notification.preferences.rules import when
from services.notification.sending.ways import Later, Skip, Way
from services.notification.wording.catalogue import render, with_names
from services.notification.wording.rules import Language, Message
from shared.db import Pool, transaction

NO_ADDRESSES: Final = Result("registry_unavailable", Verdict.LATER)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Worded:
    """A notice in its reader's words."""

    message: Message
    contact: Contact
    language: Language


class People:
    """Notices in words for those who are reached by one channel."""

    def __init__(self, pool: Pool, addresses: Addresses) -> None:
        self._pool = pool
        self._addresses = addresses

    async def worded(self, batch: Sequence[Claimed]) -> dict[UUID, Worded | Skip | Later | Result]:
        """By delivery. The registry is asked once for each tenant of the batch, for all of
        them at the same time."""
        async with transaction(self._pool) as connection:
            found = await notices.contents(connection, [(d.tenant_id, d.notice_id) for d in batch])
            held = await preferences.of_people(
                connection, list({(d.tenant_id, d.recipient_id) for d in batch})
            )
            there = [d for d in batch if (d.tenant_id, d.notice_id) in found]
            rows = [found[d.tenant_id, d.notice_id] for d in there]
            named = await with_names(
                connection,
                [(r["tenant_id"], r["unit_id"], json.loads(r["parameters"])) for r in rows],
            )
        said = {d.id: parameters for d, parameters in zip(there, named, strict=True)}
        now = datetime.now(UTC)
        # It was due before quiet hours, or is tried again in them.
        until = {d.id: _not_before(held[d.tenant_id, d.recipient_id], now) for d in there}
        contacts = await self._contacts([d for d in there if until[d.id] <= now])
        worded: dict[UUID, Worded | Skip | Later | Result] = {}
        for delivery in batch:
            known = contacts.get(delivery.tenant_id)
            if delivery.id not in said:
                worded[delivery.id] = Skip("notice_gone")
            elif until[delivery.id] > now:
                worded[delivery.id] = Later(until[delivery.id])
            elif known is None:
                worded[delivery.id] = NO_ADDRESSES
            elif (contact := known.get(delivery.recipient_id)) is None:
                worded[delivery.id] = Skip("unknown_person")
            else:
                preference = held[delivery.tenant_id, delivery.recipient_id].preference
                language = preference.language or Language(contact.language)
                message = render(delivery.occasion, said[delivery.id], language)
                worded[delivery.id] = Worded(message, contact, language)
        return worded

    async def _contacts(self, batch: Sequence[Claimed]) -> dict[UUID, Mapping[UUID, Contact]]:
        """By tenant; a tenant is left out while the registry cannot be asked."""
        people: dict[UUID, set[UUID]] = defaultdict(set)
        for delivery in batch:
            people[delivery.tenant_id].add(delivery.recipient_id)
        contacts: dict[UUID, Mapping[UUID, Contact]] = {}

        async def ask(tenant: UUID) -> None:
            try:
                contacts[tenant] = await self._addresses.of(tenant, people[tenant])
            except Unavailable as error:
                log.warning(
                    "Addresses cannot be asked for; messages wait",
                    action="addresses.unavailable",
                    error=str(error),
                )

        await asyncio.gather(*map(ask, people))
        return contacts


def _not_before(held: preferences.Held, now: datetime) -> datetime:
    return when(now, held.preference.quiet, held.zone)


def way(worded: Worded | Skip | Later | Result, reach: Callable[[Worded], Way]) -> Way:
    if isinstance(worded, Worded):
        return reach(worded)
    if isinstance(worded, Skip | Later):
        return worded

    async def not_now() -> Result:
        return worded

    return not_now

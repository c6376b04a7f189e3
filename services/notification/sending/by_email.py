"""The channel of e-mail: one mail for each notice."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from services.notification.deliveries.rules import Claimed, Result
from services.notification.emails.rules import Reader, letter
from services.notification.emails.sender import Mailer
from services.notification.sending.people import People, Worded, way
from services.notification.sending.ways import Skip, Way


class ByEmail:
    """``sender`` is an address; ``portal`` where links begin, if there is a portal."""

    def __init__(self, people: People, mailer: Mailer, *, sender: str, portal: str | None) -> None:
        self._people = people
        self._mailer = mailer
        self._sender = sender
        self._portal = portal

    async def prepare(self, batch: Sequence[Claimed]) -> Mapping[UUID, Way]:
        worded = await self._people.worded(batch)
        return {d.id: way(worded[d.id], partial(self._mail, d)) for d in batch}

    def _mail(self, delivery: Claimed, worded: Worded) -> Way:
        recipient = worded.contact.email
        if recipient is None:
            return Skip("no_address")

        async def send() -> Result:
            mail = letter(
                worded.message,
                reader=Reader(worded.contact.name, recipient, worded.language),
                sender=self._sender,
                delivery=delivery.id,
                tenant=delivery.tenant_id,
                portal=self._portal,
                now=datetime.now(UTC),
            )
            return await self._mailer.hand_over(mail, sender=self._sender, recipient=recipient)

        return send

    async def rest(self) -> None:
        await self._mailer.rest()

    async def close(self) -> None:
        await self._mailer.rest()

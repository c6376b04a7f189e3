"""The channel of WhatsApp and SMS: the short text, to whatever gateway the tenant has."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from services.notification.deliveries.rules import Claimed, Result
from services.notification.gateways import store as gateways
from services.notification.gateways.rules import fill
from services.notification.outbound.sender import Outbound
from services.notification.sealing import Seal
from services.notification.sending.people import People, Worded, way
from services.notification.sending.secrets import UNREADABLE, opened
from services.notification.sending.ways import Skip, Way
from shared.db import Pool, transaction


class ByGateway:
    """Without a seal no gateway can be stored, so there is nothing to open."""

    def __init__(
        self,
        pool: Pool,
        people: People,
        outbound: Outbound,
        *,
        seal: Seal | None,
        portal: str | None,
    ) -> None:
        self._pool = pool
        self._people = people
        self._outbound = outbound
        self._seal = seal
        self._portal = (portal or "").rstrip("/")

    async def prepare(self, batch: Sequence[Claimed]) -> Mapping[UUID, Way]:
        async with transaction(self._pool) as connection:
            stored = await gateways.of_tenants(connection, {d.tenant_id for d in batch})
        worded = await self._people.worded([d for d in batch if d.tenant_id in stored])
        return {
            d.id: (
                way(worded[d.id], partial(self._text, d, stored[d.tenant_id]))
                if d.tenant_id in stored
                else Skip("no_gateway")
            )
            for d in batch
        }

    def _text(self, delivery: Claimed, gateway: gateways.Stored, worded: Worded) -> Way:
        phone = worded.contact.phone
        if phone is None:
            return Skip("no_address")
        places = {
            "phone": phone,
            "digits": phone.removeprefix("+"),
            "text": worded.message.short,
            "link": self._portal + worded.message.link_path if self._portal else "",
            "id": str(delivery.id),
        }

        async def send() -> Result:
            headers_of = opened(self._seal, [gateway.headers], place=str(delivery.tenant_id))
            if headers_of is None:
                return UNREADABLE
            headers = {**json.loads(headers_of[0]), "content-type": "application/json"}
            content = json.dumps(fill(gateway.template, places)).encode()
            return await self._outbound.post(gateway.url, headers=headers, content=content)

        return send

    async def rest(self) -> None:
        """Nothing is kept open."""

    async def close(self) -> None:
        self._outbound.close()

"""The channel of web-hooks: the occasion itself, ids and numbers, signed."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from services.notification.deliveries.rules import Claimed, Result
from services.notification.outbound.sender import Outbound
from services.notification.sealing import Seal
from services.notification.sending.secrets import UNREADABLE, opened
from services.notification.sending.ways import Skip, Way
from services.notification.webhooks import store as webhooks
from services.notification.webhooks.rules import signed_headers
from shared.db import Pool, transaction


class ByWebhook:
    """Without a seal no web-hook can be stored, so there is nothing to open."""

    def __init__(self, pool: Pool, outbound: Outbound, seal: Seal | None) -> None:
        self._pool = pool
        self._outbound = outbound
        self._seal = seal

    async def prepare(self, batch: Sequence[Claimed]) -> Mapping[UUID, Way]:
        async with transaction(self._pool) as connection:
            targets = await webhooks.targets(
                connection, list({(d.tenant_id, d.recipient_id) for d in batch})
            )
            bodies = await webhooks.announced(
                connection, list({(d.tenant_id, d.notice_id) for d in batch})
            )
        return {
            d.id: self._call(
                d,
                targets.get((d.tenant_id, d.recipient_id)),
                bodies.get((d.tenant_id, d.notice_id)),
            )
            for d in batch
        }

    def _call(
        self, delivery: Claimed, target: webhooks.Target | None, content: bytes | None
    ) -> Way:
        if target is None:
            return Skip("webhook_gone")
        if not target.enabled:
            return Skip("webhook_disabled")
        if content is None:
            return Skip("notice_gone")

        async def send() -> Result:
            place = f"{delivery.tenant_id}/{delivery.recipient_id}"
            secrets = opened(self._seal, target.secrets, place=place)
            if secrets is None:
                return UNREADABLE
            headers = signed_headers(
                delivery.id, now=datetime.now(UTC), content=content, secrets=secrets
            )
            return await self._outbound.post(target.url, headers=headers, content=content)

        return send

    async def rest(self) -> None:
        """Nothing is kept open."""

    async def close(self) -> None:
        self._outbound.close()

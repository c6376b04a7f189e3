"""Web-hooks in the database, and the fan-out of an occasion to those that want it."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.notification.deliveries import store as deliveries
from services.notification.deliveries.rules import NewDelivery
from services.notification.webhooks.rules import OVERLAP, Announcement, Webhook, body
from shared.contracts import Channel, RecipientKind
from shared.db import Connection

_FIND = """
select id, url, occasions, enabled, previous_until, version from webhooks where tenant_id = $1
"""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a web-hook's messages go; ``secrets`` are sealed, those that sign now."""

    url: str
    enabled: bool
    secrets: tuple[bytes, ...]


async def announce(
    connection: Connection, announcements: Sequence[Announcement], *, now: datetime
) -> None:
    """Queue each occasion for the web-hooks that want it, in the caller's transaction.

    Set-based and safe to repeat: an occasion goes to a web-hook once. One such call per
    transaction.
    """
    wanted = await connection.fetch(
        """
        select a.place, w.id from unnest($1::uuid[], $2::text[]) with ordinality
             as a(tenant_id, occasion, place)
        join webhooks w on w.tenant_id = a.tenant_id and w.enabled
             and (w.occasions = '{}' or a.occasion = any (w.occasions))
        """,
        [a.tenant_id for a in announcements],
        [a.occasion for a in announcements],
    )
    chosen = [(announcements[row["place"] - 1], row["id"]) for row in wanted]
    if not chosen:
        return
    kept = sorted({a.id: a for a, _ in chosen}.values(), key=lambda a: (a.tenant_id, a.id))
    await connection.execute(
        """
        insert into announcements (tenant_id, id, occasion, data, announced_at)
        select k.*, $5::timestamptz
        from unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[]) as k
        on conflict (tenant_id, id) do nothing
        """,
        [a.tenant_id for a in kept],
        [a.id for a in kept],
        [a.occasion for a in kept],
        [json.dumps(a.data) for a in kept],
        now,
    )
    await deliveries.enqueue(
        connection,
        [
            NewDelivery(
                tenant_id=announcement.tenant_id,
                notice_id=announcement.id,
                occasion=announcement.occasion,
                recipient_kind=RecipientKind.WEBHOOK,
                recipient_id=webhook_id,
                channel=Channel.WEBHOOK,
                due_at=now,
                traceparent=announcement.traceparent,
            )
            for announcement, webhook_id in chosen
        ],
    )


async def announced(
    connection: Connection, announcements: Collection[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], bytes]:
    """By (tenant, announcement): the body that is sent."""
    rows = await connection.fetch(
        """
        select a.tenant_id, a.id, a.occasion, a.data, a.announced_at
        from unnest($1::uuid[], $2::uuid[]) as k(tenant_id, id)
        join announcements a using (tenant_id, id)
        """,
        [tenant for tenant, _ in announcements],
        [announcement for _, announcement in announcements],
    )
    return {
        (row["tenant_id"], row["id"]): body(
            row["id"],
            occasion=row["occasion"],
            at=row["announced_at"],
            data=json.loads(row["data"]),
        )
        for row in rows
    }


async def forget(connection: Connection, *, older_than: timedelta, most: int) -> int:
    """Delete announcements of so long ago, oldest first, at most so many; how many it were."""
    gone = await connection.fetch(
        """
        delete from announcements where (tenant_id, id) in (
            select tenant_id, id from announcements where announced_at < now() - $1::interval
            order by announced_at limit $2 for update skip locked) returning id
        """,
        older_than,
        most,
    )
    return len(gone)


async def targets(
    connection: Connection, webhooks: Collection[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], Target]:
    """By (tenant, web-hook): those that exist."""
    rows = await connection.fetch(
        """
        select w.tenant_id, w.id, w.url, w.enabled, w.secret,
               case when w.previous_until > now() then w.previous_secret end as previous_secret
        from unnest($1::uuid[], $2::uuid[]) as k(tenant_id, id)
        join webhooks w using (tenant_id, id)
        """,
        [tenant for tenant, _ in webhooks],
        [webhook for _, webhook in webhooks],
    )
    return {
        (row["tenant_id"], row["id"]): Target(
            row["url"],
            row["enabled"],
            tuple(secret for secret in (row["secret"], row["previous_secret"]) if secret),
        )
        for row in rows
    }


async def find(
    connection: Connection, tenant_id: UUID, webhook_id: UUID, *, lock: bool = False
) -> Webhook | None:
    """One of the tenant's web-hooks; with ``lock`` nobody else changes it meanwhile."""
    row = await connection.fetchrow(
        _FIND + " and id = $2" + (" for update" if lock else ""), tenant_id, webhook_id
    )
    return _webhook(row) if row else None


async def every(connection: Connection, tenant_id: UUID) -> list[Webhook]:
    """All of a tenant, oldest first."""
    rows = await connection.fetch(_FIND + " order by id", tenant_id)
    return [_webhook(row) for row in rows]


async def insert(
    connection: Connection, tenant_id: UUID, webhook: Webhook, *, secret: bytes
) -> None:
    """``secret`` is sealed."""
    await connection.execute(
        """
        insert into webhooks (tenant_id, id, url, occasions, enabled, secret, version)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        tenant_id,
        webhook.id,
        webhook.url,
        list(webhook.occasions),
        webhook.enabled,
        secret,
        webhook.version,
    )


async def update(connection: Connection, tenant_id: UUID, webhook: Webhook) -> Webhook:
    """Store address, occasions and switch of a web-hook whose row is locked."""
    row = await connection.fetchrow(
        """
        update webhooks set url = $3, occasions = $4, enabled = $5, version = version + 1
        where tenant_id = $1 and id = $2
        returning id, url, occasions, enabled, previous_until, version
        """,
        tenant_id,
        webhook.id,
        webhook.url,
        list(webhook.occasions),
        webhook.enabled,
    )
    assert row is not None
    return _webhook(row)


async def rotate(
    connection: Connection, tenant_id: UUID, webhook_id: UUID, *, secret: bytes
) -> Webhook:
    """Sign with ``secret`` (sealed) from now on, and with the one before for a while."""
    row = await connection.fetchrow(
        """
        update webhooks set previous_secret = secret, previous_until = now() + $4::interval,
                            secret = $3, version = version + 1
        where tenant_id = $1 and id = $2
        returning id, url, occasions, enabled, previous_until, version
        """,
        tenant_id,
        webhook_id,
        secret,
        OVERLAP,
    )
    assert row is not None
    return _webhook(row)


async def delete(connection: Connection, tenant_id: UUID, webhook_id: UUID) -> None:
    """What is still queued for it is skipped."""
    await connection.execute(
        "delete from webhooks where tenant_id = $1 and id = $2", tenant_id, webhook_id
    )


def _webhook(row: Mapping[str, Any]) -> Webhook:
    return Webhook(**{**row, "occasions": tuple(row["occasions"])})

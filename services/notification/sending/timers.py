"""The loops that send: one for each channel, one that measures, one that forgets."""

from collections.abc import Callable
from datetime import timedelta
from email.utils import parseaddr
from typing import Final

import structlog

from services.notification.addresses.client import Addresses, Token
from services.notification.deliveries import store
from services.notification.deliveries.rules import Patience
from services.notification.emails.sender import Mailer, MailServer
from services.notification.outbound.sender import Outbound
from services.notification.sealing import Seal
from services.notification.sending.by_email import ByEmail
from services.notification.sending.by_gateway import ByGateway
from services.notification.sending.by_webhook import ByWebhook
from services.notification.sending.people import People
from services.notification.sending.ways import NotConfigured, Ways
from services.notification.sending.worker import Limits, Sending
from services.notification.webhooks import store as webhooks
from shared.db import Pool, transaction
from shared.loop import Loop
from shared.observability import metrics
from shared.settings import Settings

LIMITS: Final = {
    "email": Limits(together=50, of_one_lane=25, of_one_tenant=25, at_once=4),
    "gateway": Limits(together=32, of_one_lane=4, of_one_tenant=4, at_once=32),
    "webhook": Limits(together=32, of_one_lane=4, of_one_tenant=8, at_once=32),
}
MEASURE: Final = 5.0
FORGET_POLL: Final = 3600.0
KEPT_FOR: Final = timedelta(days=400)
"""As long as the notices: no message is sent again because it was forgotten."""
_FORGET_AT_ONCE: Final = 1000

log = structlog.get_logger()


def loops(settings: Settings, pool: Pool, announced: Callable[[], None]) -> list[Loop]:
    """All of them; ``announced`` is called after commits that enqueued an event."""
    patience = Patience(total=timedelta(hours=settings.delivery_hours))
    sending = [
        Sending(
            pool,
            channel,
            ways,
            limits=LIMITS[channel],
            patience=patience,
            announced=announced,
        )
        for channel, ways in channels(settings, pool).items()
    ]
    return [*sending, _measure(pool), _forget(pool)]


def channels(settings: Settings, pool: Pool) -> dict[str, Ways]:
    """How each channel hands over, as far as this installation is configured."""
    people = _people(settings, pool)
    secret = settings.notification_signing_secret
    seal = Seal(secret) if secret else None
    loopback = settings.outbound_loopback
    return {
        "email": _email(settings, people),
        "gateway": (
            ByGateway(
                pool, people, Outbound(loopback=loopback), seal=seal, portal=settings.portal_http
            )
            if people
            else NotConfigured()
        ),
        "webhook": ByWebhook(pool, Outbound(loopback=loopback), seal),
    }


def _people(settings: Settings, pool: Pool) -> People | None:
    client, secret = settings.notification_client_id, settings.notification_client_secret
    if not (client and secret and settings.registry_http and settings.oidc_issuer):
        log.warning(
            "Without TERA_REGISTRY_HTTP, TERA_OIDC_ISSUER, TERA_NOTIFICATION_CLIENT_ID and "
            "TERA_NOTIFICATION_CLIENT_SECRET nobody's address is known: e-mail and gateways are "
            "off",
            action="start.no_addresses",
        )
        return None
    token = Token(settings.oidc_issuer, client_id=client, client_secret=secret)
    return People(pool, Addresses(settings.registry_http, token))


def _email(settings: Settings, people: People | None) -> Ways:
    sender = parseaddr(settings.mail_from or "")[1]
    if not (settings.smtp_url and sender):
        log.warning(
            "Without TERA_SMTP_URL and TERA_MAIL_FROM there is no e-mail", action="start.no_email"
        )
    if not (people and settings.smtp_url and sender):
        return NotConfigured()
    mailer = Mailer(MailServer.parse(settings.smtp_url))
    return ByEmail(people, mailer, sender=sender, portal=settings.portal_http)


def _measure(pool: Pool) -> Loop:
    """Shows what is due and has not ended, and how old the oldest is."""

    async def step() -> bool:
        async with transaction(pool) as connection:
            number, seconds = await store.due(connection)
        metrics.DELIVERIES_DUE.set(number)
        metrics.DELIVERIES_OLDEST_DUE_SECONDS.set(seconds)
        return False

    return Loop("measure-deliveries", step, poll=MEASURE)


def _forget(pool: Pool) -> Loop:
    """Deletes what ended long ago, in short transactions."""

    async def step() -> bool:
        more = False
        for forget in (store.forget, webhooks.forget):
            async with transaction(pool) as connection:
                gone = await forget(connection, older_than=KEPT_FOR, most=_FORGET_AT_ONCE)
            more = more or gone == _FORGET_AT_ONCE
        return more

    return Loop("forget-deliveries", step, poll=FORGET_POLL)

"""A city whose people are known to a real registry, and workers that send to them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from services.notification.addresses.client import Addresses, Token
from services.notification.deliveries.rules import Patience
from services.notification.emails.sender import Mailer
from services.notification.emails.sender import MailServer as Server
from services.notification.notices.making import make
from services.notification.notices.rules import NewNotice
from services.notification.outbound.sender import Outbound
from services.notification.sealing import Seal
from services.notification.sending.by_email import ByEmail
from services.notification.sending.by_gateway import ByGateway
from services.notification.sending.by_webhook import ByWebhook
from services.notification.sending.people import People
from services.notification.sending.timers import LIMITS
from services.notification.sending.ways import Ways
from services.notification.sending.worker import Sending
from shared.db import Pool, open_pool, transaction
from shared.messaging.bell import Bell
from shared.settings import Settings
from tests.notification.conftest import Desk
from tests.notification.world import City
from tests.support.databases import Database
from tests.support.waiting import eventually

SENDER = "tera@kota.example"
PORTAL = "https://tera.kota.example"
QUICK = Patience(
    total=timedelta(minutes=5),
    first=timedelta(milliseconds=20),
    longest=timedelta(milliseconds=100),
)


@dataclass
class Office:
    """The notification service from outside and behind; `settings` are those of its processes."""

    database: Database
    settings: Settings
    pool: Pool
    registry: httpx.AsyncClient
    registry_owner: asyncpg.Pool
    api: httpx.AsyncClient
    token: Any

    async def city(self, **contact: Any) -> City:
        """A city of both services whose counter's head can be reached as `contact` says."""
        city = City()
        await self.registry_owner.execute(
            "insert into tenants values ($1, $2, 'Kota', 'Asia/Jakarta', 1)",
            city.id,
            f"kota-{city.id.hex[:12]}",
        )
        bell = Bell(self.database.worker)  # rings for nobody here
        await Desk(self.pool, bell).take(*city.registry())
        if contact:
            await self.reach(city, city.leader, **contact)
        return city

    async def reach(self, city: City, person: UUID, *, name: str = "Siti", **contact: Any) -> None:
        """Register a person with contact points."""
        await self.registry_owner.execute(
            "insert into people values ($1, $2, 'non_asn', $3, null, null, 1)",
            city.id,
            person,
            name,
        )
        answer = await self.registry.put(
            f"/v1/people/{person}/contact-points",
            json=contact,
            headers=self.bearer(city, "tenant_administrator"),
        )
        assert answer.status_code == 200, answer.text

    async def tell(self, city: City, person: UUID | None = None, *, number: int = 1) -> None:
        """Make notices for a person (the counter's head): as many as `number`."""
        notices = [
            NewNotice(
                tenant_id=city.id,
                person_id=person or city.leader,
                occasion="grade_changed",
                source=str(uuid4()),
                unit_id=city.counter,
                parameters={
                    "period": "2026-Q4",
                    "previous_grade": "B",
                    "grade": "A",
                    "index": "90.12",
                    "answers": 40,
                },
            )
            for _ in range(number)
        ]
        async with transaction(self.pool) as connection:
            await make(connection, notices, now=datetime.now(UTC))

    def bearer(self, city: City, *roles: str, person: UUID | None = None) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token(city.id, *roles, person=person)}"}

    async def call(
        self, city: City, method: str, path: str, body: Any = None, **more: Any
    ) -> httpx.Response:
        """As the city's administrator."""
        headers = self.bearer(city, "tenant_administrator") | more.pop("headers", {})
        return await self.api.request(method, path, json=body, headers=headers, **more)

    async def deliveries(self, city: City) -> list[dict[str, Any]]:
        """The log, oldest first, each with its attempts' results."""
        rows = await self.pool.fetch(
            """
            select d.*, (select array_agg(coalesce(a.result, 'running') order by a.number)
                         from delivery_attempts a
                         where (a.tenant_id, a.delivery_id) = (d.tenant_id, d.id)) as results
            from deliveries d where d.tenant_id = $1 order by d.id
            """,
            city.id,
        )
        return [dict(row) for row in rows]

    async def ended(self, city: City, *, within: float = 20) -> list[dict[str, Any]]:
        """The log once every delivery has ended."""

        async def all_ended() -> list[dict[str, Any]]:
            found = await self.deliveries(city)
            assert found
            assert [d["results"] for d in found if d["ended_at"] is None] == []
            return found

        return await eventually(all_ended, within=within)

    async def announced(self, city: City) -> list[Any]:
        return list(
            await self.pool.fetch(
                "select event_type, key, body from outbox where tenant_id = $1 order by id", city.id
            )
        )

    def people(self, *, registry: str | None = None, kept_seconds: float = 0) -> People:
        issuer, client = self.settings.oidc_issuer, self.settings.notification_client_id
        secret, known = self.settings.notification_client_secret, self.settings.registry_http
        assert issuer
        assert client
        assert secret
        assert known
        token = Token(issuer, client_id=client, client_secret=secret)
        return People(self.pool, Addresses(registry or known, token, kept_seconds=kept_seconds))

    def by_email(self, url: str, *, timeout: float = 5, people: People | None = None) -> Ways:
        mailer = Mailer(Server.parse(url), timeout=timeout)
        return ByEmail(people or self.people(), mailer, sender=SENDER, portal=PORTAL)

    def by_http(
        self, channel: str, *, timeout: float = 5, loopback: bool = True, secret: str | None = None
    ) -> Ways:
        seal = Seal(secret or self.settings.notification_signing_secret or "")
        outbound = Outbound(loopback=loopback, timeout=timeout)
        if channel == "webhook":
            return ByWebhook(self.pool, outbound, seal)
        return ByGateway(self.pool, self.people(), outbound, seal=seal, portal=PORTAL)

    @asynccontextmanager
    async def sending(
        self,
        ways: Ways,
        channel: str = "email",
        *,
        patience: Patience = QUICK,
        lease: timedelta = timedelta(seconds=30),
    ) -> AsyncIterator[Sending]:
        """A worker's loop of one channel, with connections of its own."""
        pool = await open_pool(self.database.worker, max_size=5)
        loop = Sending(
            pool,
            channel,
            ways,
            limits=LIMITS[channel],
            patience=patience,
            announced=lambda: None,
            lease=lease,
            poll=0.05,
        )
        running = asyncio.create_task(loop.run())
        try:
            yield loop
        finally:
            loop.stop()
            await running
            await pool.close()

    def environment(self, smtp: str) -> Mapping[str, str]:
        """Of a process that sends mails."""
        settings = self.settings
        return {
            "TERA_NOTIFICATION_WORKER_URL": self.database.worker,
            "TERA_OIDC_ISSUER": settings.oidc_issuer or "",
            "TERA_REGISTRY_HTTP": settings.registry_http or "",
            "TERA_NOTIFICATION_CLIENT_ID": settings.notification_client_id or "",
            "TERA_NOTIFICATION_CLIENT_SECRET": settings.notification_client_secret or "",
            "TERA_SMTP_URL": smtp,
            "TERA_MAIL_FROM": f"Tera <{SENDER}>",
        }

"""An agency in three services at once, in one process: what one writes is carried to the others as
their topics would, and the report is asked of all of them over HTTP."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from services.feedback.app import build_api as build_feedback
from services.feedback.registry_replica.consumers import on_registry_changes
from services.registry.app import build_api as build_registry
from services.scoring.app import build_api as build_scoring
from shared import contracts
from shared.contracts import Event
from shared.db import open_pool
from shared.settings import Settings
from tests.scoring.conftest import Book, Token
from tests.shared.serving import serving
from tests.support.databases import Database, Templates

SERVICES = ("registry", "feedback", "scoring")
EVENTS: dict[str, type[Event]] = {
    event.type: event
    for event in vars(contracts).values()
    if isinstance(event, type) and issubclass(event, Event) and hasattr(event, "type")
}


@dataclass
class Agency:
    """A tenant with one unit and two services; ``book`` is scoring from behind; ``seen`` says how
    far the outboxes were carried."""

    http: dict[str, httpx.AsyncClient]
    databases: dict[str, Database]
    book: Book
    token: Token
    settings: dict[str, str]
    seen: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SERVICES, 0))
    tenant: UUID = field(init=False)
    unit: str = ""
    services: tuple[str, str] = ("", "")
    counter: str = ""

    async def found(self) -> "Agency":
        operator = {"authorization": f"Bearer {self.token(uuid4(), 'operator')}"}
        body = {"slug": f"kota-{uuid4().hex[:8]}", "name": "Kabupaten Sekadau"}
        made = await self.http["registry"].post(
            "/v1/tenants", json=body | {"zone": "Asia/Pontianak"}, headers=operator
        )
        self.tenant = UUID(made.json()["id"])
        parent = await self.post("registry", "/v1/units", {"name": "Sekretariat", "kind": "setda"})
        unit = {"name": "Bagian Pelayanan", "kind": "upt", "parent_id": parent["id"]}
        self.unit = (await self.post("registry", "/v1/units", unit))["id"]
        first, second = [
            (await self.post("registry", "/v1/services", {"name": name}))["id"]
            for name in ("Izin usaha", "KTP-el")
        ]
        self.services = (first, second)
        await self.carry()
        place = {"unit_id": self.unit, "service_id": first}
        self.counter = (await self.post("feedback", "/v1/counters", place))["code"]
        return self

    def headers(self, *roles: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token(self.tenant, *roles)}"}

    async def post(self, service: str, path: str, body: Any, *roles: str) -> Any:
        roles = roles or ("tenant_administrator", "survey_officer")
        answer = await self.http[service].post(path, json=body, headers=self.headers(*roles))
        assert answer.is_success, answer.text
        return answer.json()

    async def ask(
        self, path: str, *roles: str, method: str = "GET", body: Any = None,
        if_match: str | None = None, **query: Any,
    ) -> httpx.Response:  # fmt: skip
        """Of scoring, below the unit; as survey officer unless told otherwise."""
        headers = self.headers(*(roles or ("survey_officer",)))
        headers |= {"if-match": if_match} if if_match else {}
        return await self.http["scoring"].request(
            method, f"/v1/units/{self.unit}/{path}", params=query, json=body, headers=headers
        )

    async def paper(
        self, batch: str, rows: Sequence[dict[str, Any]], *, service: int = 0, carry: bool = True
    ) -> list[str]:
        """Sheets with ``scores``, ``day`` and perhaps ``profile``; the ids of their facts."""
        body = {
            "unit_id": self.unit,
            "service_id": self.services[service],
            "rows": [{"line": line} | row for line, row in enumerate(rows, 1)],
        }
        path = f"/v1/paper-batches/{batch}/answers"
        outcome = await self.post("feedback", path, body, "survey_officer")
        if carry:
            await self.carry()
        return [row["fact_id"] for row in outcome["rows"]]

    async def publish(self, period: str, **body: Any) -> Any:
        return await self.post(
            "scoring", f"/v1/units/{self.unit}/satisfaction-reports", {"period": period} | body
        )

    async def carry(self) -> None:
        """What was written since, to those who consume it; cards are up to date then."""
        changes = await self._written("registry")
        facts = await self._written("feedback")
        if changes:
            connection = await asyncpg.connect(self.databases["feedback"].worker)
            try:
                async with connection.transaction():
                    await on_registry_changes(connection, changes)
            finally:
                await connection.close()
            await self.book.take(changes)
        if facts:
            await self.book.take(facts)
        await self.book.settle()

    async def _written(self, service: str) -> list[Any]:
        connection = await asyncpg.connect(self.databases[service].worker)
        try:
            rows = await connection.fetch(
                "select id, event_type, body from outbox where id > $1 order by id",
                self.seen[service],
            )
        finally:
            await connection.close()
        if rows:
            self.seen[service] = rows[-1]["id"]
        return [EVENTS[row["event_type"]].read(row["body"]) for row in rows]


@asynccontextmanager
async def agency(templates: Templates, issuer: str, token: Token) -> AsyncIterator[Agency]:
    async with AsyncExitStack() as ends:
        enter = ends.enter_async_context
        databases = {service: await enter(templates.clone(service)) for service in SERVICES}
        http: dict[str, httpx.AsyncClient] = {}
        addresses = {"oidc_issuer": issuer}
        builds = (
            ("registry", build_registry), ("feedback", build_feedback), ("scoring", build_scoring),
        )  # fmt: skip
        for service, build in builds:
            with pytest.MonkeyPatch.context() as patch:
                for name, value in databases[service].environment().items():
                    patch.setenv(name, value)
                settings = Settings(**addresses)  # type: ignore[arg-type]
                app = build(settings)
            url = await enter(serving(app))
            addresses[f"{service}_http"] = url
            http[service] = await enter(httpx.AsyncClient(base_url=url, timeout=30))
        pool = await open_pool(databases["scoring"].worker, max_size=4)
        ends.push_async_callback(pool.close)
        yield await Agency(http, databases, Book(pool), token, addresses).found()

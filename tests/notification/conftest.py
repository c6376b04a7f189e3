"""One notification database for the whole folder; every test lives in tenants of its own."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from devstack.stack import Stack
from devstack.tokens import mint
from services.notification.app import build_api
from services.notification.occasions.consumers import (
    decode_fact,
    on_facts,
    on_registry_changes,
    on_results,
)
from services.notification.occasions.telling import tell_some
from shared.contracts import EntityChanged, Event, ScoreChanged, SurveyAnswered
from shared.db import Pool, open_pool, transaction
from shared.messaging.bell import Bell
from shared.messaging.records import Record
from shared.settings import Settings
from tests.shared.serving import serving
from tests.support.databases import Database, Templates

Token = Callable[..., str]


def record_of(event: Event) -> Record:
    """The event as it stands on its topic."""
    kind = ("ce_type", event.type.encode())
    return Record(event.topic, 0, 0, event.key().encode(), event.body(), (kind,))


@dataclass
class Desk:
    """The service from behind, on the worker login."""

    pool: Pool
    bell: Bell

    async def take(self, *events: Event) -> None:
        """Apply events as their consumers would, each topic's in a transaction of its own."""
        registry = [event for event in events if isinstance(event, EntityChanged)]
        facts = [decode_fact(record_of(e)) for e in events if isinstance(e, SurveyAnswered)]
        results = [event for event in events if isinstance(event, ScoreChanged)]
        for handle, items in (
            (on_registry_changes, registry), (on_facts, facts), (on_results, results)
        ):  # fmt: skip
            if items:
                async with transaction(self.pool) as connection:
                    await handle(connection, items)  # type: ignore[operator]

    async def tell(self, *, now: datetime | None = None) -> None:
        """Work off all that may be told, and announce it."""
        looked = 1
        while looked:
            async with transaction(self.pool) as connection:
                told = await tell_some(connection, now=now or datetime.now(UTC))
            self.bell.announce(told.keys)
            looked = told.looked

    async def notices(self, tenant: UUID) -> list[Any]:
        rows = await self.pool.fetch(
            "select * from notices where tenant_id = $1 order by created_at, person_id", tenant
        )
        return [dict(row) | {"parameters": json.loads(row["parameters"])} for row in rows]

    async def told(self, tenant: UUID, occasion: str) -> list[UUID]:
        """Who was told of such an occasion; each as often as it happened."""
        return [n["person_id"] for n in await self.notices(tenant) if n["occasion"] == occasion]

    async def deliveries(self, tenant: UUID) -> list[Any]:
        return await self.pool.fetch(
            "select * from deliveries where tenant_id = $1 order by id", tenant
        )


@pytest_asyncio.fixture(scope="session")
async def database(templates: Templates) -> AsyncIterator[Database]:
    async with templates.clone("notification") as clone:
        yield clone


@pytest_asyncio.fixture(scope="session")
async def desk(database: Database) -> AsyncIterator[Desk]:
    pool = await open_pool(database.worker, max_size=6)
    bell = Bell(database.worker)
    await bell.start()
    yield Desk(pool, bell)
    await bell.stop()
    await asyncio.wait_for(pool.close(), timeout=10)


@pytest.fixture(scope="session")
def token(stack: Stack) -> Token:
    """``token(tenant, "employee", person=...)`` gives a bearer token."""

    def make(tenant: UUID, *roles: str, person: UUID | None = None) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": stack.environment["TERA_OIDC_ISSUER"],
            "aud": "tera",
            "sub": "tester",
            "iat": now,
            "exp": now + 3600,
            "tenant": str(tenant),
            "roles": list(roles),
        }
        return mint(stack.issuer_key, claims | ({"person": str(person)} if person else {}))

    return make


@pytest.fixture(scope="session")
def app(stack: Stack, database: Database) -> FastAPI:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TERA_NOTIFICATION_API_URL", database.api)
        issuer = stack.environment["TERA_OIDC_ISSUER"]
        return build_api(Settings(oidc_issuer=issuer, notification_signing_secret="a test's own"))


@pytest_asyncio.fixture(scope="session")
async def api(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The served api role."""
    async with serving(app) as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
        yield client


@dataclass
class Reader:
    """Somebody who reads their inbox."""

    http: httpx.AsyncClient
    headers: dict[str, str]

    async def get(self, path: str, **params: Any) -> dict[str, Any]:
        answer = await self.http.get(path, params=params, headers=self.headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def subjects(self, **params: Any) -> Sequence[str]:
        return [item["subject"] for item in (await self.get("/v1/inbox", **params))["items"]]


@pytest.fixture
def reader(api: httpx.AsyncClient, token: Token) -> Callable[[UUID, UUID], Reader]:
    def make(tenant: UUID, person: UUID) -> Reader:
        bearer = token(tenant, "employee", person=person)
        return Reader(api, {"authorization": f"Bearer {bearer}"})

    return make

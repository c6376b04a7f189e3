"""One scoring database for the whole folder; every test lives in tenants of its own."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from devstack.stack import Stack
from devstack.tokens import mint
from services.scoring.app import build_api
from services.scoring.ledger import recounts
from services.scoring.ledger.consumers import decode_fact, on_facts, on_registry_changes
from services.scoring.ledger.rules import COUNTS
from services.scoring.scorecards.recompute import recompute_some
from shared.contracts import EntityChanged, Event, SurveyAnswered
from shared.db import Connection, Pool, open_pool, transaction
from shared.messaging.records import Record
from shared.settings import Settings
from tests.scoring.world import Tallies
from tests.shared.serving import serving
from tests.support.databases import Database, Templates

Token = Callable[..., str]


def record_of(event: Event) -> Record:
    """The event as it stands on its topic."""
    kind = ("ce_type", event.type.encode())
    return Record(event.topic, 0, 0, event.key().encode(), event.body(), (kind,))


@dataclass
class Book:
    """The ledger and the cards from behind, on the worker login."""

    pool: Pool

    async def take(self, events: Sequence[Event]) -> None:
        """Apply a batch of events of one topic in a transaction, as its consumer would."""
        async with transaction(self.pool) as connection:
            await self.take_in(connection, events)

    async def take_in(self, connection: Connection, events: Sequence[Event]) -> None:
        facts = [decode_fact(record_of(e)) for e in events if isinstance(e, SurveyAnswered)]
        if facts:
            await on_facts(connection, facts)
        changes = [event for event in events if isinstance(event, EntityChanged)]
        if changes:
            await on_registry_changes(connection, changes)

    async def recount(self, page: int = 1000) -> bool:
        async with transaction(self.pool) as connection:
            return await recounts.recount_some(connection, page=page)

    async def recompute(self, limit: int = 50) -> int:
        async with transaction(self.pool) as connection:
            return (await recompute_some(connection, limit=limit)).marks

    async def settle(self) -> None:
        """Work off everything that is queued."""
        while await self.recount():
            pass
        while await self.recompute(limit=500):
            pass

    async def tallies(self, tenant: UUID) -> Tallies:
        rows = await self.pool.fetch(
            "select * from tallies where tenant_id = $1 and answers <> 0", tenant
        )
        key = ("subject_kind", "subject_id", "unit_id", "month", "service_id", "answered")
        return {
            tuple(row[k] for k in key): (row["answers"], *(row[c] for c in COUNTS)) for row in rows
        }

    async def cards(self, tenant: UUID) -> list[dict[str, Any]]:
        """Cards that hold answers."""
        rows = await self.pool.fetch(
            "select * from cards where tenant_id = $1 and answers > 0"
            " order by subject_kind, subject_id, unit_id, service_id, period",
            tenant,
        )
        return [
            dict(row) | {"counts": json.loads(row["counts"]), "policy": json.loads(row["policy"])}
            for row in rows
        ]

    async def announced(self, tenant: UUID) -> list[dict[str, Any]]:
        """The bodies of the outbox, in order."""
        rows = await self.pool.fetch(
            "select body from outbox where tenant_id = $1 order by id", tenant
        )
        return [json.loads(row["body"]) for row in rows]


@pytest_asyncio.fixture(scope="session")
async def database(templates: Templates) -> AsyncIterator[Database]:
    async with templates.clone("scoring") as clone:
        yield clone


@pytest_asyncio.fixture(scope="session")
async def book(database: Database) -> AsyncIterator[Book]:
    pool = await open_pool(database.worker, max_size=12)
    yield Book(pool)
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
        patch.setenv("TERA_SCORING_API_URL", database.api)
        return build_api(Settings(oidc_issuer=stack.environment["TERA_OIDC_ISSUER"]))


@pytest_asyncio.fixture(scope="session")
async def api(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The served api role."""
    async with serving(app) as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
        yield client

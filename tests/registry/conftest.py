"""One registry for the whole run, over real HTTP and PostgreSQL; a new tenant for each test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from devstack.stack import Stack
from devstack.tokens import mint as sign
from services.registry.app import build_api
from shared.settings import Settings
from tests.registry.town import Mint, Town, claims, slug
from tests.shared.serving import serving
from tests.support.databases import Database, Templates

Found = Callable[[], Awaitable[Town]]


@pytest.fixture(scope="session")
def mint(stack: Stack) -> Mint:
    issuer = stack.environment["TERA_OIDC_ISSUER"]

    def token(**who: Any) -> str:
        return sign(stack.issuer_key, claims(issuer, **who))

    return token


@pytest_asyncio.fixture(scope="session")
async def database(templates: Templates) -> AsyncIterator[Database]:
    async with templates.clone("registry") as clone:
        yield clone


@pytest_asyncio.fixture(scope="session")
async def registry(stack: Stack, database: Database) -> AsyncIterator[FastAPI]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TERA_REGISTRY_API_URL", database.api)
        settings = Settings(oidc_issuer=stack.environment["TERA_OIDC_ISSUER"])
        app = build_api(settings)
    async with serving(app) as url:
        app.state.test_url = url
        yield app


@pytest_asyncio.fixture(scope="session")
async def found(registry: FastAPI, database: Database, mint: Mint) -> AsyncIterator[Found]:
    """`await found()` founds a town: a tenant created by an operator."""
    url: str = registry.state.test_url
    operator = {"authorization": f"Bearer {mint(tenant=None, roles=['operator'])}"}
    async with (
        httpx.AsyncClient(base_url=url, timeout=30) as http,
        asyncpg.create_pool(database.owner, min_size=1, max_size=3) as owner,
    ):

        async def new_town() -> Town:
            body = {"slug": slug(), "name": "Kota", "zone": "Asia/Jakarta"}
            answer = await http.post("/v1/tenants", json=body, headers=operator)
            assert answer.status_code == 201, answer.text
            return Town(UUID(answer.json()["id"]), url, mint=mint, http=http, owner=owner)

        yield new_town


@pytest_asyncio.fixture
async def town(found: Found) -> Town:
    return await found()

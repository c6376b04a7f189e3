"""A registry and a notification service of their own: workers here take whatever is due."""

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
import pytest_asyncio

from devstack.stack import Stack
from services.notification.app import build_api as build_notification
from services.registry.app import build_api as build_registry
from shared.db import open_pool
from shared.settings import Settings
from tests.notification.conftest import Token
from tests.notification.sending.office import Office
from tests.notification.sending.servers import MailServer, Receiver, mail_server, receiver
from tests.shared.serving import serving
from tests.support.databases import Templates


@pytest_asyncio.fixture(scope="session")
async def office(stack: Stack, templates: Templates, token: Token) -> AsyncIterator[Office]:
    known = stack.environment
    async with templates.clone("registry") as people, templates.clone("notification") as database:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TERA_REGISTRY_API_URL", people.api)
            patch.setenv("TERA_NOTIFICATION_API_URL", database.api)
            settings = Settings(
                oidc_issuer=known["TERA_OIDC_ISSUER"],
                notification_client_id=known["TERA_NOTIFICATION_CLIENT_ID"],
                notification_client_secret=known["TERA_NOTIFICATION_CLIENT_SECRET"],
                notification_signing_secret="a key of tests",
                outbound_loopback=True,
            )
            registry, notification = build_registry(settings), build_notification(settings)
        async with (
            serving(registry) as registry_url,
            serving(notification) as url,
            httpx.AsyncClient(base_url=registry_url, timeout=30) as registry_client,
            httpx.AsyncClient(base_url=url, timeout=30) as api,
            asyncpg.create_pool(people.owner, min_size=1, max_size=2) as registry_owner,
        ):
            pool = await open_pool(database.worker, max_size=8)
            yield Office(
                database,
                settings.model_copy(update={"registry_http": registry_url}),
                pool,
                registry_client,
                registry_owner,
                api,
                token,
            )
            await pool.close()


@pytest_asyncio.fixture
async def mails() -> AsyncIterator[MailServer]:
    async with mail_server() as running:
        yield running


@pytest_asyncio.fixture
async def hook() -> AsyncIterator[Receiver]:
    async with receiver() as running:
        yield running

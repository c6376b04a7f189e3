"""A probe service for every test that asks for one."""

from collections.abc import AsyncIterator

import pytest_asyncio

from devstack.stack import Stack
from tests.messaging.probe import Probe, probe_service


@pytest_asyncio.fixture
async def probe(stack: Stack) -> AsyncIterator[Probe]:
    environment = stack.environment
    async with probe_service(
        environment["TERA_ADMIN_URL"], environment["TERA_KAFKA_BOOTSTRAP"]
    ) as made:
        yield made

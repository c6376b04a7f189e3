"""Fixtures of the shared rooms' tests: a token issuer."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.shared.issuer import Issuer, Issuers, running_issuers


@pytest_asyncio.fixture(scope="session")
async def issuers() -> AsyncIterator[Issuers]:
    async with running_issuers() as running:
        yield running


@pytest.fixture
def issuer(issuers: Issuers) -> Issuer:
    """A fresh issuer with one key."""
    return issuers.new()

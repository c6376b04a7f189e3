"""Installations whose parts may be killed and stopped without harm to other tests."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from devstack.apache_jars import java
from devstack.stack import Stack
from tests.support.databases import Templates
from tests.support.installation import Installation, installation


@pytest_asyncio.fixture(scope="session")
async def outage_stack() -> AsyncIterator[Stack]:
    """A devstack beside the session's, whose PostgreSQL and broker may be killed.

    Always on Apache Kafka: the embedded broker loses acknowledged records when it is killed, and
    its groups may hang when a member is, or when several join at once (docs/adr/0003). What is
    tested here is our part.
    """
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("BROKER", "apache")
        for servers in ("TERA_ADMIN_URL", "TERA_KAFKA_BOOTSTRAP"):
            environment.delenv(servers, raising=False)
        try:
            java()
        except RuntimeError as missing:
            pytest.skip(str(missing))
        with (
            tempfile.TemporaryDirectory(
                prefix="tera-outage-", ignore_cleanup_errors=True
            ) as folder,
            Stack(Path(folder)) as stack,
        ):
            yield stack


@pytest_asyncio.fixture(scope="session")
async def outage_templates(outage_stack: Stack) -> Templates:
    return Templates(outage_stack.environment["TERA_ADMIN_URL"], outage_stack.environment)


@pytest_asyncio.fixture(scope="module")
async def breakable(
    outage_templates: Templates, outage_stack: Stack
) -> AsyncIterator[Installation]:
    """All services on the breakable devstack."""
    async with installation(outage_templates, outage_stack.folder / "system") as running:
        yield running


@pytest_asyncio.fixture
async def whole(templates: Templates, tmp_path: Path) -> AsyncIterator[Installation]:
    """All services on the session's devstack, with databases and topics of the test's own."""
    async with installation(templates, tmp_path) as running:
        yield running

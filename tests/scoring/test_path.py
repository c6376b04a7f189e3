"""From the topics to a card and its announcement, through the worker role as it is served."""

import asyncio
import random
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from devstack.stack import Stack
from services.scoring.app import build_worker
from shared.contracts import FACTS, REGISTRY_CHANGES, TOPICS
from shared.messaging.topics import create_topics
from shared.runtime import Worker
from shared.settings import Settings
from tests.scoring.test_races import Office
from tests.scoring.world import Dice, answered
from tests.support.databases import Database
from tests.support.topic import produce, record_of
from tests.support.waiting import eventually

pytestmark = pytest.mark.broker


@pytest_asyncio.fixture
async def prefix(
    stack: Stack, scoring_database: Database, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[str]:
    """Topics of the test's own, and a worker on them and on a database of its own."""
    prefix = f"t{uuid4().hex[:8]}."
    for variable, value in scoring_database.environment().items():
        monkeypatch.setenv(variable, value)
    bootstrap = stack.environment["TERA_KAFKA_BOOTSTRAP"]
    await create_topics(bootstrap, TOPICS.values(), prefix=prefix, partitions=4)
    worker: Worker = build_worker(Settings(kafka_bootstrap=bootstrap, topic_prefix=prefix))
    await worker.start()
    running = asyncio.create_task(worker.run())
    yield prefix
    assert worker.alive()
    await worker.stop()
    await running


async def test_an_answer_becomes_a_card_and_an_announcement(
    stack: Stack, scoring_database: Database, prefix: str
) -> None:
    bootstrap = stack.environment["TERA_KAFKA_BOOTSTRAP"]
    office, dice = Office(), Dice(random.Random())
    connection = await asyncpg.connect(scoring_database.worker)

    async def card() -> tuple[int, str] | None:
        row = await connection.fetchrow(
            "select answers, index from cards where period = '2026-11' and subject_kind = 'unit'"
            " and service_id = $1",
            office.service,
        )
        return (row["answers"], str(row["index"])) if row and row["answers"] == 50 else None

    async def published() -> bool:
        return not await connection.fetchval("select count(*) from outbox")

    facts = [
        answered(office.tenant, dice.id(), unit=office.unit, service=office.service)
        for _ in range(50)
    ]
    bad = record_of(facts[0])._replace(value=b'{"tenant_id": 1}')
    try:
        await produce(bootstrap, prefix + FACTS.name, [*map(record_of, facts), bad])
        entities = [*office.known(), office.unit_change(), office.assigned()]
        await produce(bootstrap, prefix + REGISTRY_CHANGES.name, list(map(record_of, entities)))
        assert await eventually(card, within=30) == (50, "75.00")
        await eventually(published)
        letter = await connection.fetchrow("select topic, status from dead_letters")
        assert letter
        assert (letter["topic"], letter["status"]) == (FACTS.name, "parked")
    finally:
        await connection.close()

"""However large a unit is, a step of its recompute is small, and others have their turn."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import pytest_asyncio

from services.scoring.ledger.rules import COUNTS
from shared.contracts import SatisfactionPolicyChanged
from shared.db import open_pool
from tests.scoring.conftest import Book
from tests.scoring.test_races import Office
from tests.scoring.world import Dice
from tests.support.databases import Database

LIMIT = 500

FILL = f"""
insert into tallies (tenant_id, subject_kind, subject_id, unit_id, service_id, month, answered,
                     answers, {", ".join(COUNTS)})
select $1, 'unit', $2, $2, md5('service' || s)::uuid,
       (date '2020-01-01' + m * interval '1 month')::date, 511, 1,
       {", ".join("1" if count.endswith("_3") else "0" for count in COUNTS)}
from generate_series(1, 60) s, generate_series(0, 59) m
"""

MANY = FILL.replace("select $1, 'unit', $2, $2,", "select $1, 'unit', u, u,").replace(
    "generate_series(1, 60) s, generate_series(0, 59) m",
    "unnest($2::uuid[]) u, generate_series(1, 1) s, generate_series(0, 1) m",
)

REPEAT = """
insert into stale_marks (tenant_id, subject_kind, subject_id, unit_id, service_id, month, cause)
select $1, 'unit', $2, $2, $3, '2026-11-01', 'counted' from generate_series(1, 20000)
"""


@pytest_asyncio.fixture
async def alone(scoring_database: Database) -> AsyncIterator[Book]:
    """A database in which nobody else leaves marks."""
    pool = await open_pool(scoring_database.worker, max_size=4)
    yield Book(pool)
    await asyncio.wait_for(pool.close(), timeout=10)


@asynccontextmanager
async def stalls() -> AsyncIterator[list[float]]:
    """The longest work, in seconds of its thread, for which the event loop did nothing else: the
    same on a busy machine as on an idle one."""
    longest = [0.0]

    async def tick() -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0)
            longest[0] = max(longest[0], time.thread_time() - before)

    ticking = asyncio.create_task(tick())
    try:
        yield longest
    finally:
        ticking.cancel()


async def test_a_policy_over_sixty_services_and_sixty_months(alone: Book) -> None:
    office = Office()
    await alone.take([*office.known(), office.unit_change()])
    await alone.pool.execute(FILL, office.tenant, office.unit)
    policy = SatisfactionPolicyChanged(
        tenant_id=office.tenant, id=office.policy, version=1, valid_from=date(2020, 1, 1),
        weight_decimals=2,
    )  # fmt: skip
    await alone.take([policy])
    told = 0
    async with stalls() as longest:
        while await alone.recount():
            pass
        while marks := await alone.recompute(limit=LIMIT):
            assert marks <= LIMIT
            events = (await alone.announced(office.tenant))[told:]
            told += len(events)
            assert max(len(event["cards"]) for event in events) <= 200
            assert sum(len(event["cards"]) for event in events) <= 4 * LIMIT
    assert longest[0] < 1
    cards = await alone.cards(office.tenant)
    assert len(cards) == 61 * (60 + 20)
    assert {str(card["index"]) for card in cards} == {"74.25"}
    in_all = {card["period"]: card["answers"] for card in cards if not card["service_id"].int}
    assert (in_all["2020-01"], in_all["2024-Q4"]) == (60, 180)


async def test_marks_of_a_busy_card_are_taken_together_but_not_all_at_once(alone: Book) -> None:
    office = Office()
    await alone.take([*office.known(), office.unit_change()])
    await alone.take([office.answer()])
    await alone.pool.execute(REPEAT, office.tenant, office.unit, office.service)
    assert await alone.recompute(limit=100) == 1100
    assert {card["answers"] for card in await alone.cards(office.tenant)} == {1}
    await alone.settle()
    assert await alone.pool.fetchval("select count(*) from stale_marks") == 0


async def test_a_policy_marks_the_units_of_a_tenant_page_by_page(alone: Book) -> None:
    office, dice = Office(), Dice(random.Random())
    units = [dice.id() for _ in range(250)]
    await alone.take(office.known())
    await alone.pool.execute(MANY, office.tenant, units)
    policy = SatisfactionPolicyChanged(
        tenant_id=office.tenant, id=office.policy, version=1, valid_from=date(2020, 1, 1),
        weight_decimals=2,
    )  # fmt: skip
    await alone.take([policy])
    marks = []
    while await alone.recount():
        marks.append(await alone.pool.fetchval("select count(*) from stale_marks"))
    assert marks == [200, 400, 500]
    await alone.settle()
    cards = await alone.cards(office.tenant)
    assert {card["subject_id"] for card in cards} == set(units)
    assert {str(card["index"]) for card in cards} == {"74.25"}

"""Delivered means counted once (promise G3): on one ledger, by concurrent connections."""

import asyncio
import random
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from services.scoring.ledger import store as ledger
from shared.contracts import Event, ServiceChanged, SurveyAnswered, TenantChanged, UnitChanged
from shared.db import transaction
from tests.scoring.conftest import Book
from tests.scoring.test_interleavings import check
from tests.scoring.world import Dice, Truth, answered, entities, newest, revisions


@pytest.fixture
def dice() -> Dice:
    return Dice(random.Random())


def chunks(events: list[SurveyAnswered], size: int) -> list[list[SurveyAnswered]]:
    return [events[at : at + size] for at in range(0, len(events), size)]


async def office(book: Book, dice: Dice) -> tuple[UUID, UUID, UUID]:
    """A tenant with a unit and a service, known to the replica."""
    tenant, unit, service = dice.id(), dice.id(), dice.id()
    await book.take(
        [
            TenantChanged(
                tenant_id=tenant, id=tenant, version=1, slug="kota", name="K", zone="Asia/Jakarta"
            ),
            UnitChanged(tenant_id=tenant, id=unit, version=1, name="U", unit_kind="upt"),
            ServiceChanged(tenant_id=tenant, id=service, version=1, name="KTP"),
        ]
    )
    return tenant, unit, service


async def deliver(book: Book, pieces: list[list[SurveyAnswered]], *, lanes: int) -> None:
    queue = list(pieces)

    async def lane() -> None:
        while queue:
            await book.take(queue.pop())

    await asyncio.gather(*(lane() for _ in range(lanes)))


async def test_every_revision_ten_times_shuffled_over_four_connections(
    book: Book, dice: Dice
) -> None:
    tenant = dice.id()
    registry, units, services, people = entities(tenant, dice)
    await book.take(registry)
    facts = [e for _ in range(150) for e in revisions(tenant, dice, units, services, people)]
    story = dice.id()
    where = {"unit": units[0], "service": services[0], "officer": people[0]}
    states = ("accepted", "parked", "parked", "accepted", "withdrawn")
    facts += [
        answered(tenant, story, revision=number, state=state, **where)
        for number, state in enumerate(states, 1)
    ]
    deliveries = facts * 10
    dice.random.shuffle(deliveries)
    await deliver(book, chunks(deliveries, 200), lanes=4)
    await book.settle()
    truth = Truth(newest(registry), newest(facts))
    assert (
        await book.pool.fetchval("select count(*) from facts where tenant_id = $1", tenant) == 151
    )
    await check(book, tenant, truth)

    # A rewind to the beginning: everything again, in the order of its writing.
    cards, told = await book.cards(tenant), len(await book.announced(tenant))
    await book.take(registry)
    await deliver(book, chunks(facts, 500), lanes=1)
    await book.settle()
    assert await book.tallies(tenant) == truth.rows()
    assert await book.cards(tenant) == cards
    assert len(await book.announced(tenant)) == told


async def test_park_park_restore_withdraw(book: Book, dice: Dice) -> None:
    tenant, unit, service = await office(book, dice)
    fact = dice.id()
    seen = []
    states = ("accepted", "parked", "parked", "accepted", "withdrawn")
    for number, state in enumerate(states, 1):
        await book.take(
            [answered(tenant, fact, unit=unit, service=service, revision=number, state=state)]
        )
        await book.settle()
        row = await book.pool.fetchrow(
            "select answers, index, version, changed_by from cards where tenant_id = $1"
            " and period = '2026-11' and service_id = $2",
            tenant,
            service,
        )
        assert row
        seen.append((row["answers"], str(row["index"]), row["version"], row["changed_by"]))
    assert seen == [
        (1, "75.00", 1, "counted"),
        (0, "None", 2, "excluded"),
        (0, "None", 2, "excluded"),
        (1, "75.00", 3, "counted"),
        (0, "None", 4, "excluded"),
    ]
    history = await book.pool.fetch(
        "select revision, counted, month from fact_history where tenant_id = $1 order by revision",
        tenant,
    )
    assert [(row["revision"], row["counted"]) for row in history] == [
        (1, True), (2, False), (3, False), (4, True),
    ]  # fmt: skip
    assert all(row["month"] for row in history)


async def test_a_correction_moves_the_answer(book: Book, dice: Dice) -> None:
    tenant, unit, service = await office(book, dice)
    fact = dice.id()
    here = {"unit": unit, "service": service}
    await book.take([answered(tenant, fact, **here, marks=[1] * 9)])
    october = datetime(2026, 10, 31, 16, 59, tzinfo=UTC)  # 23:59 in Jakarta
    marks = [4] * 8 + [None]
    await book.take([answered(tenant, fact, revision=2, at=october, marks=marks, **here)])
    await book.settle()
    cards = {
        (c["period"], c["service_id"] == service): (c["answers"], c["incomplete"], str(c["index"]))
        for c in await book.cards(tenant)
    }
    assert cards == {
        ("2026-10", False): (1, 1, "100.00"),
        ("2026-10", True): (1, 1, "100.00"),
        ("2026-Q4", False): (1, 1, "100.00"),
        ("2026-Q4", True): (1, 1, "100.00"),
    }


async def test_no_deadlock_while_everything_moves(book: Book, dice: Dice) -> None:
    """Counting, recounting and recomputing the same facts on many connections; any deadlock, even
    one that a retry would get over, is an error here."""
    tenant = dice.id()
    registry, units, services, people = entities(tenant, dice)
    facts = [e for _ in range(200) for e in revisions(tenant, dice, units, services, people)]
    await book.take(registry)
    done = asyncio.Event()

    async def churn() -> None:
        while not done.is_set():
            await book.pool.execute(
                "insert into recounts (tenant_id, kind, subject_id, from_day)"
                " values ($1, 'tenant', $1, '1900-01-01')",
                tenant,
            )
            await book.recount()
            await book.recompute()

    churning = [asyncio.create_task(churn()) for _ in range(3)]
    try:
        for _ in range(3):
            dice.random.shuffle(facts)
            await deliver(book, chunks(facts, 60), lanes=4)
    finally:
        done.set()
        await asyncio.gather(*churning)
    await book.settle()
    await check(book, tenant, Truth(newest(registry), newest(facts)))


async def test_the_ledger_refuses_what_no_reader_should_have_let_through(
    book: Book, dice: Dice
) -> None:
    tenant, unit, service = await office(book, dice)
    row = (tenant, dice.id(), 1, True, "accepted", unit, service, None, *[datetime.now(UTC)] * 2)
    for marks in ([5] + [3] * 8, [None] * 9):
        with pytest.raises(asyncpg.CheckViolationError):
            async with transaction(book.pool) as connection:
                await ledger.count(connection, [(*row, *marks)])


async def test_history_and_ledger_explain_every_tally(book: Book, dice: Dice) -> None:
    """The invariant that operations may ask for at any time: tallies = counted facts."""
    tenant, unit, service = await office(book, dice)
    events: list[Event] = [
        answered(tenant, dice.id(), unit=unit, service=service, marks=[mark] * 9)
        for mark in (1, 2, 3, 4)
    ]
    await book.take(events)
    wrong = await book.pool.fetchval(
        """
        select count(*) from (
            select unit_id, service_id, month, count(*)::int as answers from facts
            where tenant_id = $1 and counted and month is not null group by 1, 2, 3
            except
            select unit_id, service_id, month, sum(answers)::int from tallies
            where tenant_id = $1 and subject_kind = 'unit' group by 1, 2, 3) difference
        """,
        tenant,
    )
    assert wrong == 0

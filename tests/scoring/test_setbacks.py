"""What cannot be computed or recounted is set aside; everything else goes on."""

import random

import pytest
from structlog.testing import capture_logs

from services.scoring.ledger.rules import COUNTS
from tests.scoring.conftest import Book
from tests.scoring.test_races import Office
from tests.scoring.world import Dice, answered

SPOIL = "update tallies set waktu_3 = waktu_3 + $2 where tenant_id = $1"
FULL = f"""
insert into tallies (tenant_id, subject_kind, subject_id, unit_id, service_id, month, answered,
                     answers, {", ".join(COUNTS)})
values ($1, 'unit', $2, $2, $3, '2026-11-01', 511, 2147483647, {", ".join("0" for _ in COUNTS)})
"""
DUE = ("update setbacks set retry_at = now() where tenant_id = $1",
       "update recounts set retry_at = now() where tenant_id = $1")  # fmt: skip


async def due(book: Book, office: Office) -> None:
    """The time to try again has come."""
    for statement in DUE:
        await book.pool.execute(statement, office.tenant)


async def opened(book: Book) -> Office:
    office = Office()
    await book.take([*office.known(), office.unit_change()])
    return office


async def test_one_card_that_cannot_be_computed_holds_up_nobody(book: Book) -> None:
    await book.settle()
    offices = [await opened(book) for _ in range(5)]
    await book.take([office.answer() for office in offices])
    bad = offices[2]
    await book.pool.execute(SPOIL, bad.tenant, -5)
    with capture_logs() as logs:
        await book.settle()
    for office in offices:
        cards = await book.cards(office.tenant)
        assert {card["answers"] for card in cards} == (set() if office is bad else {1})
    (said,) = [line for line in logs if line.get("action") == "recompute.set_aside"]
    assert (said["tenant_id"], said["subject_id"]) == (str(bad.tenant), str(bad.unit))
    assert (said["error"], said["attempts"]) == ("ValueError", 1)
    assert await book.announced(bad.tenant) == []

    # New marks of the subject rest too; when the time has come it fails again, and rests longer.
    again = answered(bad.tenant, Dice(random.Random()).id(), unit=bad.unit, service=bad.service)
    await book.take([again])
    assert await book.recompute() == 0
    rest = "select retry_at - now() from setbacks where tenant_id = $1"
    first = await book.pool.fetchval(rest, bad.tenant)
    await due(book, bad)
    await book.settle()
    assert await book.pool.fetchval(rest, bad.tenant) > first

    # Put right, it is as if nothing had been.
    await book.pool.execute(SPOIL, bad.tenant, 5)
    await due(book, bad)
    await book.settle()
    assert {card["answers"] for card in await book.cards(bad.tenant)} == {2}
    for table in ("setbacks", "stale_marks"):
        count = f"select count(*) from {table} where tenant_id = $1"
        assert await book.pool.fetchval(count, bad.tenant) == 0


@pytest.mark.parametrize("place", [0, 4, 9])
async def test_one_fact_that_cannot_be_recounted_holds_up_nobody(book: Book, place: int) -> None:
    """Ten facts wait for their unit; counting one of them is more than its tally can hold."""
    office, dice = Office(), Dice(random.Random())
    await book.take(office.known())
    facts = sorted(dice.id() for _ in range(10))
    full = dice.id()
    services = [office.service] * 10
    services[place] = full
    events = [
        answered(office.tenant, fact, unit=office.unit, service=service)
        for fact, service in zip(facts, services, strict=True)
    ]
    await book.take(events)
    await book.pool.execute(FULL, office.tenant, office.unit, full)
    known = office.known()[1].model_copy(update={"id": full})
    with capture_logs() as logs:
        await book.take([known, office.unit_change()])
        while await book.recount(page=10):
            pass
    of_unit = {key[4]: row[0] for key, row in (await book.tallies(office.tenant)).items()}
    assert of_unit[office.service] == 9
    complaints = [line for line in logs if line.get("action") == "recount.set_aside"]
    assert {line["subject_id"] for line in complaints} == {str(facts[place])}
    assert {line["error"] for line in complaints} == {"NumericValueOutOfRangeError"}

    await due(book, office)
    assert await book.recount()  # still bad: it rests again
    assert not await book.recount()
    await book.pool.execute("delete from tallies where answers = 2147483647")
    await due(book, office)
    await book.settle()
    of_unit = {key[4]: row[0] for key, row in (await book.tallies(office.tenant)).items()}
    assert (of_unit[office.service], of_unit[full]) == (9, 1)
    left = "select count(*) from recounts where tenant_id = $1"
    assert await book.pool.fetchval(left, office.tenant) == 0

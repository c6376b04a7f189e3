"""A fact and the entity it waits for, at the same moment: both orders forced with locks."""

import asyncio
import random
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from services.scoring.scorecards.recompute import recompute_some
from shared.contracts import (
    AssignmentChanged,
    AssignmentKind,
    SatisfactionPolicyChanged,
    ServiceChanged,
    SurveyAnswered,
    TenantChanged,
    UnitChanged,
)
from shared.db import transaction
from tests.scoring.conftest import Book
from tests.scoring.world import Dice, answered
from tests.support.waiting import eventually

WAITING = """
select count(*) from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock'
"""


class Office:
    """A tenant and a service that are known, a unit that is not."""

    def __init__(self) -> None:
        dice = Dice(random.Random())
        self.tenant, self.unit, self.service, self.fact = (dice.id() for _ in range(4))
        self.officer, self.assignment, self.policy = (dice.id() for _ in range(3))

    def known(self) -> list[TenantChanged | ServiceChanged]:
        return [
            TenantChanged(
                tenant_id=self.tenant, id=self.tenant, version=1, slug="kota", name="Kota",
                zone="Asia/Jakarta",
            ),
            ServiceChanged(tenant_id=self.tenant, id=self.service, version=1, name="KTP"),
        ]  # fmt: skip

    def unit_change(self) -> UnitChanged:
        return UnitChanged(
            tenant_id=self.tenant, id=self.unit, version=1, name="U", unit_kind="upt"
        )

    def assigned(self, *, version: int = 1, unit: UUID | None = None) -> AssignmentChanged:
        return AssignmentChanged(
            tenant_id=self.tenant, id=self.assignment, version=version, person_id=self.officer,
            unit_id=unit or self.unit, assignment_kind=AssignmentKind.DEFINITIVE,
            valid_from=date(2026, 1, 1),
        )  # fmt: skip

    def answer(self) -> SurveyAnswered:
        return answered(
            self.tenant, self.fact, unit=self.unit, service=self.service, officer=self.officer
        )


async def subjects(book: Book, office: Office) -> set[tuple[str, UUID]]:
    return {(key[0], key[2]) for key in await book.tallies(office.tenant)}


async def blocked(book: Book) -> bool:
    return bool(await book.pool.fetchval(WAITING))


@pytest.fixture
def office() -> Office:
    return Office()


async def test_the_entity_waits_for_the_fact(book: Book, office: Office) -> None:
    await book.take(office.known())
    async with transaction(book.pool) as first:
        await book.take_in(first, [office.answer()])
        second = asyncio.create_task(book.take([office.unit_change()]))
        await eventually(lambda: blocked(book), every=0.005)
        assert not second.done()
    await second
    assert await subjects(book, office) == set()
    await book.settle()
    assert await subjects(book, office) == {("unit", office.unit)}


async def test_the_fact_waits_for_the_entity(book: Book, office: Office) -> None:
    await book.take(office.known())
    async with transaction(book.pool) as first:
        await book.take_in(first, [office.unit_change(), office.assigned()])
        second = asyncio.create_task(book.take([office.answer()]))
        await eventually(lambda: blocked(book), every=0.005)
        assert not second.done()
    await second
    assert await subjects(book, office) == {("unit", office.unit), ("person", office.unit)}


async def test_a_recount_and_a_correction_of_the_same_fact(book: Book, office: Office) -> None:
    """The recount holds the fact's row; the correction waits, then takes out what was recounted."""
    await book.take(office.known())
    await book.take([office.answer()])
    await book.take([office.unit_change(), office.assigned()])
    async with transaction(book.pool) as first:
        await first.execute("select from facts where fact_id = $1 for update", office.fact)
        recount = asyncio.create_task(book.recount())
        await eventually(lambda: blocked(book), every=0.005)
        correction = asyncio.create_task(
            book.take([office.answer().model_copy(update={"revision": 2})])
        )
        await asyncio.sleep(0)
    await asyncio.gather(recount, correction)
    await book.settle()
    assert {key[0]: row[0] for key, row in (await book.tallies(office.tenant)).items()} == {
        "unit": 1,
        "person": 1,
    }


async def test_a_backdated_transfer_takes_the_evidence_along(book: Book, office: Office) -> None:
    await book.take([*office.known(), office.unit_change(), office.assigned()])
    await book.take([office.answer()])
    await book.settle()
    elsewhere = Dice(random.Random()).id()
    await book.take([office.assigned(version=2, unit=elsewhere)])
    await book.settle()
    assert await subjects(book, office) == {("unit", office.unit), ("person", elsewhere)}
    cards = {(c["subject_kind"], c["unit_id"]): c for c in await book.cards(office.tenant)}
    assert set(cards) == {("unit", office.unit), ("person", elsewhere)}
    assert cards["person", elsewhere]["changed_by"] == "recounted"


async def test_the_tenant_comes_last_and_then_moves_its_zone(book: Book, office: Office) -> None:
    tenant, service = office.known()
    evening = datetime(2026, 11, 30, 18, tzinfo=UTC)  # in Jakarta already December
    await book.take([office.answer().model_copy(update={"occurred_at": evening})])
    await book.take([service, office.unit_change()])
    await book.settle()
    assert await book.tallies(office.tenant) == {}
    await book.take([tenant])
    await book.settle()
    assert {key[3] for key in await book.tallies(office.tenant)} == {date(2026, 12, 1)}
    await book.take([tenant.model_copy(update={"version": 2, "zone": "Europe/London"})])
    await book.settle()
    assert {key[3] for key in await book.tallies(office.tenant)} == {date(2026, 11, 1)}


async def test_a_policy_and_the_first_card_at_the_same_moment(book: Book, office: Office) -> None:
    """The recompute has read the old policy and not committed its new card when the policy comes:
    the card is marked again, although nobody else can see it yet."""
    await book.take([*office.known(), office.unit_change()])
    await book.take([office.answer()])
    async with transaction(book.pool) as first:
        assert (await recompute_some(first)).marks
        await book.take(
            [
                SatisfactionPolicyChanged(
                    tenant_id=office.tenant, id=office.policy, version=1,
                    valid_from=date(2026, 1, 1), weight_decimals=2,
                )
            ]
        )  # fmt: skip
        assert await book.recount()
    await book.settle()
    assert {str(card["index"]) for card in await book.cards(office.tenant)} == {"74.25"}


async def test_a_unit_moves_below_one_with_a_policy(book: Book, office: Office) -> None:
    above = Dice(random.Random()).id()
    await book.take(
        [
            *office.known(),
            office.unit_change(),
            SatisfactionPolicyChanged(
                tenant_id=office.tenant, id=office.policy, version=1, unit_id=above,
                valid_from=date(2026, 1, 1), weight_decimals=2,
            ),
        ]
    )  # fmt: skip
    await book.take([office.answer()])
    await book.settle()
    assert {str(card["index"]) for card in await book.cards(office.tenant)} == {"75.00"}
    moved = office.unit_change().model_copy(update={"version": 2, "parent_id": above})
    await book.take([moved])
    await book.settle()
    cards = await book.cards(office.tenant)
    assert {(str(card["index"]), card["changed_by"]) for card in cards} == {("74.25", "policy")}


async def test_a_page_ends_and_the_recount_goes_on(book: Book, office: Office) -> None:
    await book.take(office.known())
    dice = Dice(random.Random())
    await book.take([office.answer().model_copy(update={"fact_id": dice.id()}) for _ in range(10)])
    await book.take([office.unit_change()])
    pages = 0
    while await book.recount(page=3):
        pages += 1
    assert pages == 4
    (row,) = (await book.tallies(office.tenant)).values()
    assert row[0] == 10

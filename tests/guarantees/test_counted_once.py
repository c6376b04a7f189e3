"""Promises G3 and G4 from the topic on, with several scoring workers as processes of their own."""

import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from devstack.system import Part
from shared.contracts import (
    ELEMENTS,
    FACTS,
    REGISTRY_CHANGES,
    AnswerChannel,
    AnswerState,
    Scores,
    ServiceChanged,
    SurveyAnswered,
    TenantChanged,
    UnitChanged,
)
from shared.db import uuid7
from tests.support.commands import tera
from tests.support.databases import Templates
from tests.support.installation import PARTITIONS, Installation, installation
from tests.support.load import marks
from tests.support.topic import Raw, record_of
from tests.support.waiting import eventually

pytestmark = [pytest.mark.broker, pytest.mark.timeout(180)]

WORKERS = tuple(Part("scoring", "worker", number) for number in range(1, 5))
LIFE = ["accepted", "parked", "parked", "accepted", "withdrawn"]
"""Park, park, restore, withdraw: each a revision."""


@pytest_asyncio.fixture
async def four_workers(outage_templates: Templates, tmp_path: Path) -> AsyncIterator[Installation]:
    async with installation(outage_templates, tmp_path, parts=WORKERS) as running:
        yield running


class Place:
    """A tenant, unit and service that scoring hears of over the topic."""

    def __init__(self) -> None:
        self.tenant, self.unit, self.service = uuid7(), uuid7(), uuid7()

    def entities(self) -> list[Raw]:
        common = {"tenant_id": self.tenant, "version": 1}
        return [
            record_of(event)
            for event in (
                TenantChanged(
                    **common, id=self.tenant, slug="kota", name="Kota", zone="Asia/Jayapura"
                ),
                UnitChanged(**common, id=self.unit, name="Loket", unit_kind="upt"),
                ServiceChanged(**common, id=self.service, name="KTP-el"),
            )
        ]

    def answer(
        self, dice: random.Random, *, fact: UUID, revision: int, state: str
    ) -> SurveyAnswered:
        moment = datetime(2026, 10, 31, 14, 30, tzinfo=UTC) + timedelta(hours=dice.randrange(3))
        return SurveyAnswered(
            tenant_id=self.tenant,
            fact_id=fact,
            revision=revision,
            counted=state == "accepted",
            state=AnswerState(state),
            channel=AnswerChannel.WALK_IN,
            unit_id=self.unit,
            service_id=self.service,
            occurred_at=moment,
            received_at=moment,
            scores=Scores(**marks(dice)),
        )


def expected(events: Sequence[SurveyAnswered]) -> Counter[tuple[date, str, int]]:
    """Marks per month and element, from nothing but the highest revision of each fact."""
    newest: dict[UUID, SurveyAnswered] = {}
    for event in events:
        if event.fact_id not in newest or event.revision > newest[event.fact_id].revision:
            newest[event.fact_id] = event
    sums: Counter[tuple[date, str, int]] = Counter()
    for event in newest.values():
        if event.counted:
            month = (event.occurred_at + timedelta(hours=9)).date().replace(day=1)
            for element in ELEMENTS:
                sums[month, element, getattr(event.scores, element)] += 1
    return sums


async def tallied(running: Installation, tenant: UUID) -> Counter[tuple[date, str, int]]:
    columns = [(element, mark) for element in ELEMENTS for mark in range(1, 5)]
    rows = await running.rows(
        "scoring",
        f"""
        select month, {", ".join(f"sum({e}_{m})::int as {e}_{m}" for e, m in columns)}
        from tallies where tenant_id = $1 and subject_kind = 'unit' group by month
        """,
        tenant,
    )
    return Counter(
        {
            (row["month"], element, mark): row[f"{element}_{mark}"]
            for row in rows
            for element, mark in columns
            if row[f"{element}_{mark}"]
        }
    )


async def all_read(running: Installation, tenant: UUID, facts: int) -> bool:
    """Every fact is known and nothing of the topic is left to read."""
    known = await running.value(
        "scoring", "select count(*) from facts where tenant_id = $1", tenant
    )
    return known == facts and await running.lag("scoring", FACTS) == 0


@pytest.mark.apache
async def test_g3_every_revision_ten_times_shuffled_over_four_workers(
    four_workers: Installation,
) -> None:
    dice = random.Random(20140917)
    place = Place()
    events = [
        place.answer(dice, fact=fact, revision=revision, state=state)
        for fact in (uuid7() for _ in range(150))
        for revision, state in enumerate(LIFE[: dice.randint(1, len(LIFE))], start=1)
    ]
    # Any partition, not the key's: what counts must not depend on which worker sees what first.
    deliveries = [record_of(e, partition=dice.randrange(PARTITIONS)) for e in events * 10]
    dice.shuffle(deliveries)
    half = len(deliveries) // 2
    await four_workers.produce(FACTS, deliveries[:half])
    await four_workers.produce(REGISTRY_CHANGES, place.entities())
    await four_workers.produce(FACTS, deliveries[half:])

    async def exact() -> bool:
        assert await all_read(four_workers, place.tenant, 150)
        assert await tallied(four_workers, place.tenant) == expected(events)
        return True

    await eventually(exact, within=60)
    newest = await four_workers.value(
        "scoring", "select sum(revision) from facts where tenant_id = $1", place.tenant
    )
    highest: dict[UUID, int] = {}
    for event in events:
        highest[event.fact_id] = max(event.revision, highest.get(event.fact_id, 0))
    assert newest == sum(highest.values())


async def test_g4_two_bad_records_among_a_thousand_good_ones(
    templates: Templates, tmp_path: Path
) -> None:
    dice = random.Random(4)
    place = Place()
    good = [place.answer(dice, fact=uuid7(), revision=1, state="accepted") for _ in range(1000)]
    breaker = place.answer(dice, fact=uuid7(), revision=1, state="accepted")
    breaker = breaker.model_copy(update={"occurred_at": datetime(9998, 1, 1, tzinfo=UTC)})
    records = [record_of(event) for event in good]
    records.insert(300, record_of(breaker))
    records.insert(700, Raw(b"k", b'{"not": "json', record_of(breaker).headers))
    parts = (Part("scoring", "worker"),)
    async with installation(templates, tmp_path, parts=parts) as running:
        await running.produce(REGISTRY_CHANGES, place.entities())
        await running.produce(FACTS, records)

        async def settled() -> bool:
            assert await all_read(running, place.tenant, 1000)
            assert await tallied(running, place.tenant) == expected(good)
            return True

        await eventually(settled, within=60)
        letters = await running.rows("scoring", "select id, reason, detail from dead_letters")
        reasons = {row["reason"]: row["id"] for row in letters}
        assert reasons.keys() == {"undecodable", "impossible-date"}
        assert len(letters) == 2

        listed = await tera(running, "dead-letters", "list", "--service", "scoring")
        assert "undecodable" in listed
        assert "impossible-date" in listed
        letter = str(reasons["impossible-date"])
        assert "years 2000 to 2199" in await tera(
            running, "dead-letters", "show", "--service", "scoring", letter
        )
        mended = breaker.model_copy(update={"occurred_at": good[0].occurred_at})
        body = tmp_path / "mended.json"
        body.write_bytes(mended.body())
        replay = ["dead-letters", "replay", "--service", "scoring", letter, "--body", str(body)]
        await tera(running, *replay)
        assert await tallied(running, place.tenant) == expected([*good, mended])
        await tera(running, *replay, fails=True)
        assert await tallied(running, place.tenant) == expected([*good, mended])

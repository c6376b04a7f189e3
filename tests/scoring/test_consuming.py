"""The consumer of facts under the machinery that retries and bisects its batches."""

import asyncio
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from services.scoring.ledger.consumers import FACTS_CONSUMER, decode_fact, on_facts
from services.scoring.ledger.store import FactRow
from shared.contracts import ServiceChanged, SurveyAnswered
from shared.db import Connection, transaction
from shared.messaging.batches import Batches
from shared.messaging.consumer import Committed, Consumer, Refused
from shared.observability.metrics import REGISTRY
from tests.scoring.conftest import Book, record_of
from tests.scoring.test_races import Office
from tests.scoring.test_setbacks import FULL
from tests.scoring.world import Dice, answered

NIL = UUID(int=0)


@pytest.fixture
def dice() -> Dice:
    return Dice(random.Random())


def batches(book: Book, consumer: Consumer[FactRow] = FACTS_CONSUMER) -> Batches[FactRow]:
    return Batches(
        consumer, group="test", pool=book.pool, bad_in_a_row=100, budget=10,
        stopping=asyncio.Event(),
    )  # fmt: skip


def counted(office: Office) -> float | None:
    return REGISTRY.get_sample_value("tera_facts_counted_total", {"tenant": str(office.tenant)})


def answers(office: Office, dice: Dice, services: Sequence[UUID]) -> list[SurveyAnswered]:
    return [
        answered(office.tenant, dice.id(), unit=office.unit, service=service)
        for service in services
    ]


async def test_a_batch_that_is_tried_again_is_counted_once(book: Book, dice: Dice) -> None:
    office = Office()
    await book.take([*office.known(), office.unit_change()])
    failures = [ConnectionResetError("the connection went away before the commit")]

    async def handle(connection: Connection, facts: Sequence[FactRow]) -> Committed | None:
        committed = await on_facts(connection, facts)
        if failures:
            raise failures.pop()
        return committed

    facts = answers(office, dice, [office.service] * 5)
    await batches(book, replace(FACTS_CONSUMER, handle=handle)).apply(
        [record_of(fact) for fact in facts]
    )
    assert counted(office) == 5


async def test_the_good_ones_of_a_bisected_batch_are_counted_once(book: Book, dice: Dice) -> None:
    office, full = Office(), dice.id()
    service = ServiceChanged(tenant_id=office.tenant, id=full, version=1, name="KK")
    await book.take([*office.known(), office.unit_change(), service])
    await book.pool.execute(FULL, office.tenant, office.unit, full)
    facts = answers(office, dice, [office.service] * 6 + [full] + [office.service] * 2)
    await batches(book).apply([record_of(fact) for fact in facts])
    assert counted(office) == 8
    letters = await book.pool.fetch("delete from dead_letters returning detail")
    assert len(letters) == 1


async def test_a_second_count_in_a_transaction_starts_afresh(book: Book, dice: Dice) -> None:
    office = Office()
    rows = [decode_fact(record_of(fact)) for fact in answers(office, dice, [office.service] * 5)]
    async with transaction(book.pool) as connection:
        await on_facts(connection, rows[:3])
        await on_facts(connection, rows[3:])
        assert await connection.fetchval("select count(*) from incoming") == 2


@pytest.mark.parametrize("field", ["fact_id", "unit_id", "service_id"])
def test_nil_ids_of_facts_are_refused(dice: Dice, field: str) -> None:
    (fact,) = answers(Office(), dice, [dice.id()])
    record = record_of(fact)
    body: dict[str, Any] = json.loads(record.value or b"") | {field: str(NIL)}
    with pytest.raises(Refused, match="nil-id"):
        decode_fact(record._replace(value=json.dumps(body).encode()))


async def test_nil_ids_of_entities_are_refused(book: Book) -> None:
    office = Office()
    service = office.known()[1].model_copy(update={"id": NIL})
    with pytest.raises(Refused, match="nil-id"):
        await book.take([service])

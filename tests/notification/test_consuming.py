"""The consumers under the machinery that retries and bisects their batches (promises G3, G4)."""

import asyncio
import json
import random
from collections.abc import Sequence
from typing import Any

import pytest

from services.notification.occasions.consumers import (
    FACTS_CONSUMER,
    REGISTRY_CONSUMER,
    RESULTS_CONSUMER,
    decode_fact,
)
from shared.contracts import ELEMENTS, EntityChanged, Event, ScoreChanged, SurveyAnswered
from shared.messaging.batches import Batches
from shared.messaging.consumer import Consumer
from shared.messaging.records import Record
from tests.notification.conftest import Desk, record_of
from tests.notification.world import City

CONSUMERS: Sequence[tuple[type[Event], Consumer[Any]]] = (
    (EntityChanged, REGISTRY_CONSUMER),
    (SurveyAnswered, FACTS_CONSUMER),
    (ScoreChanged, RESULTS_CONSUMER),
)


def batches(desk: Desk, consumer: Consumer[Any]) -> Batches[Any]:
    return Batches(
        consumer, group=f"test-{consumer.topic.name}", pool=desk.pool, bad_in_a_row=100, budget=10,
        stopping=asyncio.Event(),
    )  # fmt: skip


async def parked(desk: Desk, consumer: Consumer[Any], key: bytes) -> list[str]:
    rows = await desk.pool.fetch(
        "select reason from dead_letters where consumer_group = $1 and key = $2",
        f"test-{consumer.topic.name}",
        key,
    )
    return [row["reason"] for row in rows]


async def test_several_workers_in_any_order_tell_once(desk: Desk) -> None:
    """Registry, answers and scores ten times each, shuffled, in batches side by side, while
    occasions are told."""
    cities = [City(zone) for zone in ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")]
    dice = random.Random(3)

    async def consume(kind: type[Event], consumer: Consumer[Any], events: list[Event]) -> None:
        records = [record_of(event) for event in events if isinstance(event, kind)] * 10
        dice.shuffle(records)
        records = [record._replace(offset=place) for place, record in enumerate(records)]
        runner = batches(desk, consumer)
        for start in range(0, len(records), 40):
            await runner.apply(records[start : start + 40])

    events: list[Event] = []
    for city in cities:
        events += [*city.registry(), *(city.answer() for _ in range(8))]
        events += [city.grade(version=version) for version in range(1, 4)]
    await asyncio.gather(
        *(consume(kind, consumer, events) for kind, consumer in CONSUMERS for _ in range(2)),
        *(desk.tell() for _ in range(3)),
    )
    await desk.tell()
    for city in cities:
        assert await desk.told(city.id, "critical_answer") == [city.leader] * 8
        grades = await desk.told(city.id, "grade_changed")
        assert sorted(grades) == sorted([city.leader, city.chief, city.officer] * 3)
        assert len(await desk.deliveries(city.id)) == 8 + 9


async def test_one_bad_record_harms_only_itself(desk: Desk) -> None:
    city = City()
    nowhere = city.tenant(version=2, zone="Asia/Bandung")
    good = [record_of(event) for event in city.registry()]
    bad = record_of(nowhere)
    await batches(desk, REGISTRY_CONSUMER).apply(
        [record._replace(offset=n) for n, record in enumerate([*good[:3], bad, *good[3:]])]
    )
    assert await parked(desk, REGISTRY_CONSUMER, bad.key or b"") == ["unknown-zone"]
    answers = [record_of(city.answer()) for _ in range(3)]
    broken = answers[1]._replace(value=b'{"counted": true, "scores": {"waktu": 1}')
    await batches(desk, FACTS_CONSUMER).apply(
        [r._replace(offset=n) for n, r in enumerate([answers[0], broken, answers[2]])]
    )
    assert await parked(desk, FACTS_CONSUMER, broken.key or b"") == ["undecodable"]
    await desk.tell()
    assert await desk.told(city.id, "critical_answer") == [city.leader] * 2


@pytest.mark.parametrize(
    "marks", [[1] * 9, [None] * 8 + [1], [4] * 9, [2] * 9, [1, None] * 4 + [4]]
)
@pytest.mark.parametrize("state", ["accepted", "parked"])
def test_the_fast_look_finds_what_the_contract_says(marks: list[int | None], state: str) -> None:
    answer = City().answer(marks=marks, state=state)
    found = decode_fact(record_of(answer))
    ones = [element for element, mark in zip(ELEMENTS, marks, strict=True) if mark == 1]
    if state == "parked" or not ones:
        assert found is None
    else:
        assert found is not None
        assert found.parameters["elements"] == ones
        assert found.source == str(answer.fact_id)


def test_fields_of_a_newer_writer_are_no_hindrance() -> None:
    answer = City().answer()
    body = json.loads(answer.body())
    body |= {"mood": "angry", "scores": body["scores"] | {"kecepatan": 1}}
    record = record_of(answer)
    newer = Record(record.topic, 0, 0, record.key, json.dumps(body).encode(), record.headers)
    assert decode_fact(newer) == decode_fact(record)

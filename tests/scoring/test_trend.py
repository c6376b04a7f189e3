"""A unit over time: its trend, what its card said before, and the stream of new versions."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest_asyncio

from services.scoring.scorecards.rules import Period
from services.scoring.timers import loops
from shared.messaging.bell import Bell
from tests.scoring.conftest import Book, Token
from tests.scoring.test_api import City
from tests.scoring.world import answered
from tests.support.databases import Database
from tests.support.waiting import eventually


@pytest_asyncio.fixture
async def city(book: Book, api: httpx.AsyncClient, token: Token) -> City:
    return await City(book, api, token).found()


def at(year: int, month: int) -> datetime:
    return datetime(year, month, 10, 5, tzinfo=UTC)


def test_periods_up_to_here() -> None:
    names = [period.name for period in Period.parse("2026-02").up_to_here(4)]
    assert names == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert [p.name for p in Period.parse("2026-Q2").up_to_here(3)] == [
        "2025-Q4", "2026-Q1", "2026-Q2",
    ]  # fmt: skip
    assert len(Period.parse("1000-01").up_to_here(60)) == 60


async def test_gaps_stay_gaps(city: City) -> None:
    await city.answers([[3] * 9], at=at(2026, 8))
    await city.answers([[4] * 9] * 2, at=at(2026, 10))
    said = (await city.get(
        f"/v1/units/{city.unit}/satisfaction/trend", until="2026-11", count=4
    )).json()  # fmt: skip
    points = [(p["period"], p["answers"], p["index"], p["grade"]) for p in said["points"]]
    assert points == [
        ("2026-08", 1, "75.00", "C"),
        ("2026-09", 0, None, None),
        ("2026-10", 2, "100.00", "A"),
        ("2026-11", 0, None, None),
    ]
    quarters = (await city.get(
        f"/v1/units/{city.unit}/satisfaction/trend", until="2026-Q4", service=city.service
    )).json()["points"]  # fmt: skip
    assert [(p["period"], p["answers"]) for p in quarters[-2:]] == [("2026-Q3", 1), ("2026-Q4", 2)]
    assert len(quarters) == 12


async def test_what_cannot_be_asked(city: City) -> None:
    path = f"/v1/units/{city.unit}/satisfaction/trend"
    for query in ({"until": "2026"}, {"until": "2026-13"}, {}, {"until": "2026-11", "count": 61}):
        assert (await city.get(path, **query)).status_code == 422, query


async def test_what_the_card_said_before(city: City) -> None:
    path = f"/v1/units/{city.unit}/satisfaction/explanation"
    await city.answers([[3] * 9])
    assert (await city.get(path)).json()["last_change"]["before"] is None
    await city.answers([[4] * 9])
    change = (await city.get(path)).json()["last_change"]
    assert change["what"] == "counted"
    assert change["before"] == {"answers": 1, "index": "75.00", "grade": "C"}


@pytest_asyncio.fixture
async def working(book: Book, database: Database) -> AsyncIterator[Any]:
    """The worker's loops; call it where a batch of its consumers would have been committed."""
    bell = Bell(database.worker)
    await bell.start()
    all_of_them = loops(book.pool, bell)
    tasks = [asyncio.create_task(loop.run()) for loop in all_of_them]

    def wake() -> None:
        for loop in all_of_them:
            loop.wake()

    yield wake
    for loop in all_of_them:
        loop.stop()
    await asyncio.gather(*tasks)
    await bell.stop()


async def test_a_new_version_is_told_within_a_second(city: City, book: Book, working: Any) -> None:
    headers = {"authorization": f"Bearer {city.token(city.id, 'employee')}"}
    path = f"/v1/units/{city.unit}/satisfaction/stream"
    told: list[tuple[float, str, Any]] = []

    async def listen(http: httpx.AsyncClient) -> None:
        name = ""
        async with http.stream(
            "GET", path, params={"period": "2026-11"}, headers=headers
        ) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            async for line in answer.aiter_lines():
                if line.startswith("event:"):
                    name = line[7:]
                elif line.startswith("data:"):
                    told.append((time.monotonic(), name, json.loads(line[6:])))

    async with httpx.AsyncClient(base_url=city.http.base_url, timeout=20) as http:
        listening = asyncio.create_task(listen(http))

        async def heard(n: int) -> bool:
            return len(told) >= n

        await eventually(lambda: heard(1))
        assert told[0][1:] == ("card", told[0][2])
        assert (told[0][2]["version"], told[0][2]["answers"]) == (0, 0)
        for n in (1, 2, 3):
            here, elsewhere = (
                answered(city.id, city.dice.id(), unit=unit, service=city.service)
                for unit in (city.unit, city.other)
            )
            await book.take([here, elsewhere])
            begun = time.monotonic()
            working()
            await eventually(lambda n=n: heard(n + 1), every=0.005)
            assert told[n][0] - begun < 1
            assert told[n][2]["answers"] == n
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    assert len(told) == 4

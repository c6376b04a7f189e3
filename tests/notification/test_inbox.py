"""The inbox: everybody's own, in both languages, told of while it is open."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio

from services.notification.notices.looking import MOST_NEW
from services.notification.notices.store import forget, listed
from services.notification.timers import KEPT_FOR
from shared.contracts import UnitChanged
from shared.db import transaction
from tests.notification.conftest import Desk, Reader, Token
from tests.notification.world import City
from tests.support.databases import Database
from tests.support.waiting import eventually

Open = Callable[[UUID, UUID], Reader]


@pytest_asyncio.fixture
async def city(desk: Desk) -> City:
    made = City()
    await desk.take(*made.registry())
    return made


@pytest.fixture
def leader(city: City, reader: Open) -> Reader:
    return reader(city.id, city.leader)


async def alarm(desk: Desk, city: City, times: int = 1) -> None:
    for _ in range(times):
        await desk.take(city.answer())
        await desk.tell()


async def test_a_notice_in_both_languages_with_the_names_of_now(
    desk: Desk, city: City, leader: Reader
) -> None:
    await alarm(desk, city)
    page = await leader.get("/v1/inbox")
    assert (page["unread"], page["next_cursor"]) == (1, None)
    (item,) = page["items"]
    assert item["subject"] == "Penilaian sangat rendah di Loket"
    assert "waktu penyelesaian" in item["text"]
    assert "KTP-el" in item["short"]
    assert item["link_path"].startswith(f"/units/{city.counter}?period=")
    await desk.take(
        UnitChanged(
            tenant_id=city.id, id=city.counter, version=2, name="Loket <Baru>", unit_kind="unit"
        )
    )
    (item,) = (await leader.get("/v1/inbox", lang="en"))["items"]
    assert item["subject"] == "A very low mark in Loket <Baru>"
    assert item["unit_name"] == "Loket <Baru>"


async def test_pages_are_whole_while_notices_come(desk: Desk, city: City, leader: Reader) -> None:
    await alarm(desk, city, 5)
    first = await leader.get("/v1/inbox", limit=2)
    await alarm(desk, city)
    second = await leader.get("/v1/inbox", limit=2, cursor=first["next_cursor"])
    third = await leader.get("/v1/inbox", limit=2, cursor=second["next_cursor"])
    ids = [item["id"] for page in (first, second, third) for item in page["items"]]
    assert len(set(ids)) == len(ids) == 5
    assert third["next_cursor"] is None
    newest = await leader.get("/v1/inbox", limit=1)
    assert newest["items"][0]["id"] not in ids
    assert newest["position"] > first["position"]


async def test_reading(desk: Desk, city: City, leader: Reader) -> None:
    await alarm(desk, city, 3)
    page = await leader.get("/v1/inbox")
    path = f"/v1/inbox/{page['items'][0]['id']}/read"
    for _ in range(2):
        answer = await leader.http.post(path, headers=leader.headers)
        assert answer.json() == {"unread": 2}
    assert len((await leader.get("/v1/inbox", unread="true"))["items"]) == 2
    await alarm(desk, city)
    answer = await leader.http.post(
        "/v1/inbox/read-all", params={"until": page["position"]}, headers=leader.headers
    )
    assert answer.json() == {"unread": 1}, "what came meanwhile was not seen"
    answer = await leader.http.post("/v1/inbox/read-all", headers=leader.headers)
    assert answer.json() == {"unread": 0}
    assert all(item["read_at"] for item in (await leader.get("/v1/inbox"))["items"])


async def test_nobody_reads_or_marks_what_is_anothers(
    desk: Desk, city: City, reader: Open, leader: Reader
) -> None:
    await alarm(desk, city)
    (item,) = (await leader.get("/v1/inbox"))["items"]
    chief = reader(city.id, city.chief)
    assert await chief.subjects() == []
    answer = await chief.http.post(f"/v1/inbox/{item['id']}/read", headers=chief.headers)
    assert answer.status_code == 404
    stranger = reader(uuid4(), city.leader)
    assert await stranger.subjects() == []


async def test_a_token_without_a_person_has_no_inbox(
    city: City, api: httpx.AsyncClient, token: Token
) -> None:
    headers = {"authorization": f"Bearer {token(city.id, 'tenant_administrator')}"}
    for path in ("/v1/inbox", "/v1/inbox/stream", "/v1/preferences"):
        answer = await api.get(path, headers=headers)
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:tera:problem:no-person"


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/v1/inbox", {"cursor": "nonsense"}),
        ("/v1/inbox", {"lang": "fr"}),
        ("/v1/inbox", {"limit": "0"}),
        ("/v1/inbox", {"unread": "perhaps"}),
        ("/v1/inbox/stream", {"after": "-1"}),
        ("/v1/inbox/stream", {"after": str(2**63)}),
    ],
)
async def test_bad_questions(leader: Reader, path: str, params: dict[str, str]) -> None:
    answer = await leader.http.get(path, params=params, headers=leader.headers)
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:tera:problem:invalid-request"


class Stream:
    """What a reader of an open inbox got."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any, str | None]] = []

    async def read(self, answer: httpx.Response) -> None:
        fields: dict[str, str] = {}
        async for line in answer.aiter_lines():
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "data" in fields:
                event = (fields["event"], json.loads(fields["data"]), fields.get("id"))
                self.events.append(event)
                fields = {}

    def of(self, kind: str) -> list[Any]:
        return [data for event, data, _ in self.events if event == kind]


@asynccontextmanager
async def opened(reader: Reader, **params: Any) -> AsyncIterator[Stream]:
    """An open inbox; begins when it has told how many notices are unread."""
    got = Stream()
    headers = reader.headers | params.pop("headers", {})
    async with reader.http.stream(
        "GET", "/v1/inbox/stream", params=params, headers=headers
    ) as answer:
        assert answer.status_code == 200
        reading = asyncio.create_task(got.read(answer))

        async def begun() -> bool:
            return bool(got.of("unread"))

        try:
            await eventually(begun, every=0.01)
            yield got
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


async def test_an_open_inbox_hears_within_a_second(
    desk: Desk, city: City, leader: Reader, reader: Open
) -> None:
    await alarm(desk, city)
    async with opened(leader, lang="en") as mine, opened(reader(city.id, city.chief)) as other:
        assert mine.of("unread") == [{"unread": 1}]
        assert mine.of("notice") == [], "what stood there before is in the list"
        await desk.take(city.answer())
        await desk.tell()
        told = time.monotonic()

        async def heard() -> bool:
            return bool(mine.of("notice"))

        await eventually(heard, every=0.005)
        assert time.monotonic() - told < 1
        (item, *_) = (await leader.get("/v1/inbox", lang="en"))["items"]
        assert mine.of("notice") == [item]

        async def counted() -> bool:
            return bool(mine.of("unread") == [{"unread": 1}, {"unread": 2}])

        await eventually(counted)
        await leader.http.post(f"/v1/inbox/{item['id']}/read", headers=leader.headers)

        async def lowered() -> bool:
            return bool(mine.of("unread")[-1] == {"unread": 1})

        await eventually(lowered)
        assert other.of("notice") == []


async def test_a_reader_that_comes_again_misses_nothing(
    desk: Desk, city: City, leader: Reader
) -> None:
    page = await leader.get("/v1/inbox")
    await alarm(desk, city, 2)
    async with opened(leader, after=page["position"]) as got:
        assert len(got.of("notice")) == 2, "what came between the page and the stream"
        seen = got.events[0][2]
    async with opened(leader, headers={"last-event-id": seen}) as again:
        assert again.of("notice") == got.of("notice")[1:]
    for nonsense in ("x", "-1", "99999999999999999999"):
        async with opened(leader, headers={"last-event-id": nonsense}) as fresh:
            assert fresh.of("notice") == []


async def test_a_reader_that_saw_more_than_was_restored_hears_of_what_comes(
    desk: Desk, city: City, leader: Reader
) -> None:
    await alarm(desk, city, 2)
    async with opened(leader, headers={"last-event-id": "50"}) as got:
        await alarm(desk, city)

        async def heard() -> bool:
            return len(got.of("notice")) == 1

        await eventually(heard, within=5)


async def test_a_reader_that_was_away_for_long_hears_of_everything(
    desk: Desk, city: City, leader: Reader
) -> None:
    number = MOST_NEW + 1
    await desk.take(*(city.answer() for _ in range(number)))
    await desk.tell()
    async with opened(leader, after=0) as got:

        async def all_heard() -> bool:
            return len(got.of("notice")) == number

        await eventually(all_heard, within=5)
        positions = [id for event, _, id in got.events if event == "notice"]
        assert positions == [str(n) for n in range(1, number + 1)]


async def test_positions_rise_in_the_order_of_commits(desk: Desk, city: City) -> None:
    """Of two that are told at once, the second waits for the first."""
    await asyncio.gather(*(desk.take(city.answer()) for _ in range(12)))
    await asyncio.gather(*(desk.tell() for _ in range(4)))
    rows = await desk.notices(city.id)
    assert sorted(row["position"] for row in rows) == list(range(1, 13))


async def test_the_api_login_sees_no_other_tenant(
    desk: Desk, city: City, database: Database
) -> None:
    await alarm(desk, city)
    connection = await asyncpg.connect(database.api)
    try:
        assert await connection.fetchval("select count(*) from notices") == 0
        async with connection.transaction():
            await connection.execute("select set_config('tera.tenants', $1, true)", str(uuid4()))
            assert (
                await listed(connection, city.id, city.leader, before=None, unread=False, limit=5)
                == []
            )
    finally:
        await connection.close()


async def test_notices_are_forgotten_when_their_time_is_over(
    desk: Desk, city: City, leader: Reader
) -> None:
    await alarm(desk, city, 2)
    await desk.pool.execute(
        "update notices set created_at = now() - $2::interval - interval '1 minute'"
        " where tenant_id = $1 and position = 1",
        city.id,
        KEPT_FOR,
    )
    async with transaction(desk.pool) as connection:
        assert await forget(connection, older_than=KEPT_FOR, limit=1000) == 1
    assert len(await leader.subjects()) == 1

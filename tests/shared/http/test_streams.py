"""Server-sent events: heard at once, resumed after a break, ended with the server."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
import pytest_asyncio
from fastapi import FastAPI

from shared.http.app import create_app
from shared.http.hub import Hub
from shared.http.streams import EventStream, LastEventId, ServerEvent
from shared.messaging.bell import EVERYBODY, Bell
from tests.shared.serving import serving
from tests.support.databases import Database, Templates
from tests.support.waiting import eventually


@dataclass
class Room:
    """A served app with one stream per key of what was said about it."""

    hub: Hub
    bell: Bell
    said: dict[str, list[str]] = field(default_factory=dict)
    looks: int = 0
    away: bool = False
    url: str = ""

    async def look(self, key: str, seen: str | None) -> Sequence[ServerEvent]:
        self.looks += 1
        if self.away:
            raise ConnectionRefusedError
        words = self.said.get(key, [])
        return [
            ServerEvent("word", f'"{word}"', str(place))
            for place, word in enumerate(words, 1)
            if place > int(seen or 0)
        ]

    def app(self, poll: float) -> FastAPI:
        app = create_app(
            title="room",
            service="room",
            verifier=None,
            before_stop=self.hub.close,  # type: ignore[arg-type]
        )

        @app.get("/{key}", response_class=EventStream)
        async def listen(key: str, last_event_id: LastEventId = None) -> EventStream:
            async def look(seen: str | None) -> Sequence[ServerEvent]:
                return await self.look(key, seen)

            return EventStream(
                self.hub, key=key, look=look, after=last_event_id, heartbeat=0.2, poll=poll
            )

        return app

    def say(self, key: str, word: str, *, aloud: bool = True) -> None:
        self.said.setdefault(key, []).append(word)
        if aloud:
            self.bell.announce([key])


@asynccontextmanager
async def room(database: Database, *, poll: float = 30.0) -> AsyncIterator[Room]:
    made = Room(Hub(database.api), Bell(database.worker))
    async with AsyncExitStack() as ends:
        for part in (made.hub, made.bell):
            await part.start()
            ends.push_async_callback(part.stop)
        made.url = await ends.enter_async_context(serving(made.app(poll)))
        yield made


@pytest_asyncio.fixture(scope="module")
async def database(templates: Templates) -> AsyncIterator[Database]:
    async with templates.clone("feedback") as clone:
        yield clone


@asynccontextmanager
async def listening(
    made: Room, key: str, **headers: str
) -> AsyncIterator[tuple[list[str], httpx.Response]]:
    """The lines that a reader of the stream has got so far."""
    lines: list[str] = []
    async with (
        httpx.AsyncClient(timeout=10) as http,
        http.stream("GET", f"{made.url}/{key}", headers=headers) as answer,
    ):

        async def read() -> None:
            async for line in answer.aiter_lines():
                lines.append(line)

        reading = asyncio.create_task(read())
        try:
            yield lines, answer
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


def words(lines: list[str]) -> list[str]:
    return [line[7:-1] for line in lines if line.startswith("data:")]


async def heard(lines: list[str], *expected: str) -> None:
    async def all_of_them() -> bool:
        assert words(lines) == list(expected)
        return True

    await eventually(all_of_them, within=5, every=0.005)


async def test_a_stream_hears_at_once_and_only_of_its_key(database: Database) -> None:
    async with room(database) as made, listening(made, "a") as (lines, answer):
        assert answer.headers["content-type"].startswith("text/event-stream")
        async with listening(made, "b") as (others, _):
            await eventually(lambda: _connected(made), within=5)
            began = time.monotonic()
            made.say("a", "one")
            await heard(lines, "one")
            assert time.monotonic() - began < 1
            await eventually(lambda: _has(others, ":"), within=5)  # a heartbeat
            assert words(others) == []
        looks = made.looks
        made.say("c", "nobody hears")
        made.say("a", "two")
        await heard(lines, "one", "two")
        assert made.looks == looks + 1
        assert next(line for line in lines if line).startswith("retry: ")


async def test_what_is_announced_to_everybody_is_heard_whatever_else_is(database: Database) -> None:
    async with room(database) as made, listening(made, "a") as (lines, _):
        await eventually(lambda: _connected(made), within=5)
        made.say("a", "one", aloud=False)
        made.bell.announce(["b", EVERYBODY])
        await heard(lines, "one")


async def _has(lines: list[str], line: str) -> bool:
    return line in lines


async def _connected(made: Room) -> bool:
    """Whether an announcement comes through: the hub listens."""
    looks = made.looks
    made.bell.announce(["a"])
    await asyncio.sleep(0.05)
    return made.looks > looks


async def test_a_reader_that_comes_again_misses_nothing(database: Database) -> None:
    async with room(database) as made:
        made.said["a"] = ["one", "two", "three"]
        async with listening(made, "a", **{"last-event-id": "1"}) as (lines, _):
            await heard(lines, "two", "three")
            assert "id: 3" in lines


async def test_what_was_not_announced_is_found_all_the_same(database: Database) -> None:
    async with room(database, poll=0.3) as made, listening(made, "a") as (lines, _):
        made.say("a", "silently", aloud=False)
        await heard(lines, "silently")


async def test_a_lost_connection_is_made_again(database: Database, templates: Templates) -> None:
    async with room(database) as made, listening(made, "a") as (lines, _):
        await eventually(lambda: _connected(made), within=5)
        made.said["a"] = ["while deaf"]
        admin = await asyncpg.connect(templates.admin_url)
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1",
            database.api.rpartition("/")[2],
        )
        await admin.close()
        await heard(lines, "while deaf")
        made.say("a", "again")
        await heard(lines, "while deaf", "again")


async def test_the_database_away(database: Database) -> None:
    """Before the answer it is a 503; a stream that is open waits."""
    async with room(database, poll=0.1) as made, listening(made, "a") as (lines, _):
        made.away = True
        async with httpx.AsyncClient() as http:
            answer = await http.get(f"{made.url}/a")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        looks = made.looks

        async def looked() -> bool:
            return made.looks > looks

        await eventually(looked, within=5)
        made.said["a"] = ["back"]
        made.away = False
        await heard(lines, "back")


async def test_readers_that_leave_are_forgotten(database: Database) -> None:
    async with room(database) as made:
        async with listening(made, "a"):
            assert len(list(made.hub._everybody())) == 1

        async def empty() -> bool:
            return not made.hub._watches

        await eventually(empty, within=5)


async def test_a_server_stops_with_streams_open(database: Database) -> None:
    ended: list[Any] = []
    async with AsyncExitStack() as readers:
        async with room(database) as made:
            for key in ("a", "b", "c"):
                _, answer = await readers.enter_async_context(listening(made, key))
                ended.append(answer)
            began = time.monotonic()
        assert time.monotonic() - began < 0.9, "less than its patience for answers in hand"

        async def all_ended() -> bool:
            return all(answer.is_stream_consumed for answer in ended)

        await eventually(all_ended, within=5)

"""Clients that answer surveys and retry until they are answered, whatever happens to the system."""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import UUID

import httpx

from shared.contracts import ELEMENTS


@dataclass(frozen=True)
class Desk:
    """Where citizens answer: the public route of a tenant and a counter's code."""

    tenant: UUID
    url: str
    counter: str


@dataclass
class Load:
    """``clients`` post one answer after the other, each with a key of its own, until ``stop``.

    An answer that was refused for the moment, or whose answer got lost, is sent again under the
    same key. ``accepted`` maps keys to fact ids; ``statuses`` counts every status seen.
    """

    desks: Sequence[Desk]
    clients: int = 8
    pause: float = 0.0
    seed: int = 1
    marks: Callable[[random.Random], dict[str, Any]] = field(default_factory=lambda: marks)
    accepted: dict[str, UUID] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    lost: int = 0
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def __aenter__(self) -> "Load":
        self._http = httpx.AsyncClient(timeout=10, limits=httpx.Limits(max_connections=None))
        self._tasks = [asyncio.create_task(self._client(number)) for number in range(self.clients)]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Let every client finish the answer it is at; safe to repeat."""
        self._stopping.set()
        tasks, self._tasks = self._tasks, []
        try:
            async with asyncio.timeout(60):
                await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await self._http.aclose()

    async def reach(self, answers: int, *, within: float = 60.0) -> None:
        """Wait until so many more answers are accepted."""
        goal = len(self.accepted) + answers
        async with asyncio.timeout(within):
            while len(self.accepted) < goal:
                for task in self._tasks:
                    if task.done():
                        task.result()
                await asyncio.sleep(0.02)

    async def _client(self, number: int) -> None:
        dice = random.Random(self.seed * 1000 + number)
        for count in itertools.count():
            if self._stopping.is_set():
                return
            await self._answer(f"load-{self.seed}-{number}-{count}", dice)
            if self.pause:
                await asyncio.sleep(self.pause)

    async def _answer(self, key: str, dice: random.Random) -> None:
        desk = dice.choice(self.desks)
        body = {"counter": desk.counter, "scores": self.marks(dice)}
        while key not in self.accepted:
            try:
                answer = await self._http.post(
                    desk.url, json=body, headers={"idempotency-key": key}
                )
            except httpx.TransportError:
                self.lost += 1
                await asyncio.sleep(0.05)
                continue
            self.statuses[answer.status_code] += 1
            if answer.status_code in {HTTPStatus.OK, HTTPStatus.CREATED}:
                self.accepted[key] = UUID(answer.json()["fact_id"])
            else:
                assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE, answer.text
                assert "retry-after" in answer.headers
                await asyncio.sleep(0.1)


def marks(dice: random.Random) -> dict[str, Any]:
    """A full answer, mostly satisfied."""
    return {element: dice.choice((2, 3, 3, 4, 4)) for element in ELEMENTS}


def critical_marks(dice: random.Random) -> dict[str, Any]:
    """A full answer with a mark that is an alarm."""
    return marks(dice) | {dice.choice(ELEMENTS): 1}

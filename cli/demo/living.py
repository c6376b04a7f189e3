"""What happens while the demo is up: people keep answering, and what ends is started again."""

import asyncio
import logging
import random
from collections import Counter
from datetime import UTC, datetime
from itertools import count
from typing import Final
from uuid import UUID, uuid4

import httpx
from rich.console import Console

from cli.client import Client
from cli.demo.answers import now_at
from cli.demo.places import Desk, Place
from cli.demo.registration import Registered
from cli.demo.sending import give_answer, open_visit
from cli.demo.table import Outcome
from cli.errors import UserError
from devstack.system import System

_BAD_SPELL: Final = 0.03
"""How often something goes wrong at a desk, so that the next few who come are annoyed."""

_PATIENCE: Final = 5.0
"""Seconds before a process that ended again is started again."""

_log = logging.getLogger(__name__)


async def live(system: System, outcome: Outcome, *, pace: float, console: Console) -> None:
    """Until it is cancelled: `pace` answers a minute at each place, on average.

    Keeps nothing of what it sends.
    """
    async with Client(system.environment) as client, asyncio.TaskGroup() as tasks:
        tasks.create_task(_keep_running(system, console))
        for place in outcome.places if pace else ():
            street = _Street(client, place, outcome.registered[place.slug])
            tasks.create_task(street.walk(pace))


async def _keep_running(system: System, console: Console) -> None:
    """A process that ends, because somebody tries that, is started again."""
    clock, started = asyncio.get_running_loop().time, dict.fromkeys(system.parts, -_PATIENCE)
    while True:
        for part in system.parts:
            if not system.child(part).running and clock() - started[part] > _PATIENCE:
                started[part] = clock()
                console.print(f"{part.name} has ended; starting it again", highlight=False)
                system.start_part(part)
        await asyncio.sleep(0.5)


class _Street:
    """The people who come to the desks of one place."""

    def __init__(self, client: Client, place: Place, registered: Registered) -> None:
        self.client = client
        self.place = place
        self.registered = registered
        self._dice = random.Random()  # noqa: S311 - a simulation
        self._annoyed = Counter([place.desks[0].unit])  # so that there is a message soon

    async def walk(self, pace: float) -> None:
        busy = [desk.answers for desk in self.place.desks]
        for number in count(1):
            await asyncio.sleep(self._dice.expovariate(pace / 60))
            (desk,) = self._dice.choices(self.place.desks, busy)
            try:
                await self._answer(desk, number)
            except (UserError, httpx.TransportError) as failure:  # a part is away: people come back
                _log.warning("an answer at %s was not given: %s", self.place.name, failure)

    async def _answer(self, desk: Desk, number: int) -> None:
        now, annoyed = datetime.now(UTC).replace(microsecond=0), self._is_annoyed(desk)
        answer = now_at(self.place, desk, now, number=number, annoyed=annoyed, dice=self._dice)
        who = {"counter": self.registered.counter(desk)}
        if answer.visit:
            tenant = UUID(self.registered.tenant)
            queue = await self.client.login("integration_client", tenant=tenant)
            who = {"token": await open_visit(queue, self.registered, answer, answer.visit)}
        body = {**who, **answer.said}
        await give_answer(self.client, self.registered, body, key=str(uuid4()))

    def _is_annoyed(self, desk: Desk) -> bool:
        left = self._annoyed[desk.unit]
        if not left and self._dice.random() < _BAD_SPELL:
            left = self._dice.randint(2, 4)
        self._annoyed[desk.unit] = max(0, left - 1)
        return left > 0

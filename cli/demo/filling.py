"""Fills a running system with the places of the demo, or takes up where an earlier start ended."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from cli.client import Client, Login
from cli.demo.answers import Answer, live, month
from cli.demo.loading import (
    Target,
    for_review,
    live_name,
    load_live,
    load_month,
    load_survey,
    review,
    row_name,
)
from cli.demo.memory import Memory
from cli.demo.places import Place, fingerprint, simulated_places
from cli.demo.published import Survey, surveys
from cli.demo.registration import is_registered, register
from cli.demo.scores import Card, quarter_of, score_with
from cli.demo.stages import Stages
from cli.demo.table import Outcome, Score

MEMORY: Final = "demo.jsonl"


@dataclass(frozen=True, slots=True)
class _Logins:
    """The tokens of one tenant, by what they are for."""

    queue: Login
    officer: Login
    reader: Login


async def fill(
    environment: Mapping[str, str], folder: Path, *, answers: int | None, stages: Stages
) -> Outcome:
    """Register the places, post what is missing, wait until all of it is scored.

    `answers` is the size of the simulated month; a later start goes on with that of the first.
    """
    memory = Memory(folder / MEMORY)
    try:
        async with Client(environment) as client:
            return await _Filling(client, memory, stages).run(answers)
    finally:
        memory.close()


class _Filling:
    def __init__(self, client: Client, memory: Memory, stages: Stages) -> None:
        self.client = client
        self.memory = memory
        self.stages = stages
        self.places: list[Place] = []
        self.surveys = surveys()

    async def run(self, answers: int | None) -> Outcome:
        await self._check_memory()
        if "answers" not in self.memory:
            self.memory.keep("answers", answers)
            self.memory.keep("places", fingerprint())
        self.places = simulated_places(answers=self.memory["answers"])
        targets = await self._register()
        scores = []
        for survey in self.surveys:
            scores.append(await self._survey(survey, targets[survey.place.slug]))
        ends = self._last_day()
        for place in self.places:
            scores += await self._simulate(targets[place.slug], ends)
        self.memory.keep("filled", True)
        registered = {slug: target.registered for slug, target in targets.items()}
        return Outcome(scores, self.places, registered)

    async def _check_memory(self) -> None:
        """The databases may have been replaced since, or the places are those of an older demo."""
        tenants = [key for key in self.memory if key.startswith("tenant/")]
        if tenants and not await self._is_about(tenants[0]):
            self.memory.forget()
            tenants = []
        if "filled" in self.memory:
            self.stages.console.print("The answers are there since an earlier start.")
        elif tenants:
            self.stages.console.print("Taking up where an earlier start was interrupted.")

    async def _is_about(self, known: str) -> bool:
        same_places = "places" in self.memory and self.memory["places"] == fingerprint()
        return same_places and await is_registered(self.client, self.memory[known][0])

    async def _register(self) -> dict[str, Target]:
        everywhere = {place.slug: place for place in self._all_places()}
        targets = {}
        title = "tenants with units, services, people, rules and counters"
        with self.stages.stage(title, total=len(everywhere)) as advance:
            for slug, place in everywhere.items():
                registered = await register(self.client, place, memory=self.memory)
                targets[slug] = Target(self.client, place, registered, self.memory)
                advance()
        return targets

    def _all_places(self) -> list[Place]:
        return [*(survey.place for survey in self.surveys), *self.places]

    async def _logins(self, target: Target) -> _Logins:
        tenant = UUID(target.registered.tenant)
        queue, officer, reader = await asyncio.gather(
            self.client.login("integration_client", tenant=tenant),
            self.client.login("survey_officer", tenant=tenant),
            self.client.login("tenant_administrator", tenant=tenant),
        )
        return _Logins(queue, officer, reader)

    async def _survey(self, survey: Survey, target: Target) -> Score:
        logins = await self._logins(target)
        title = f"{survey.place.unit(survey.desk.unit).name}: {survey.note}"
        with self.stages.stage(title, total=len(survey.rows)) as advance:
            await load_survey(
                target, survey, officer=logins.officer, reader=logins.reader, advance=advance
            )
        unit = target.registered.units[survey.desk.unit]
        card = await score_with(
            logins.reader, unit, period=survey.quarter, answers=len(survey.rows)
        )
        rows = [self.memory[row_name(survey, number)] for number in range(1, len(survey.rows) + 1)]
        return Score(
            place=survey.place.name,
            unit=survey.place.unit(survey.desk.unit).name,
            unit_id=unit,
            period=survey.quarter,
            card=card,
            milliseconds=[row["ms"] for row in rows if row["ms"] is not None],
            published=survey.index,
            agrees=survey.agrees(Decimal(card.index), [Fraction(row["index"]) for row in rows]),
        )

    def _last_day(self) -> date:
        """Yesterday when the month was first simulated: a later start continues the same month."""
        if "ends" not in self.memory:
            today = datetime.now(ZoneInfo(self.places[0].zone)).date()
            self.memory.keep("ends", (today - timedelta(days=1)).isoformat())
        return date.fromisoformat(self.memory["ends"])

    async def _simulate(self, target: Target, ends: date) -> list[Score]:
        place, logins = target.place, await self._logins(target)
        answers = month(place, ends)
        expected = _expected(answers)
        if "filled" not in self.memory:
            title = f"{place.name}: a simulated month"
            with self.stages.stage(title, total=len(answers)) as advance:
                await load_month(target, answers, queue=logins.queue, advance=advance)
            with self.stages.stage(f"{place.name}: some parked and restored, all scored"):
                await review(target, answers, officer=logins.officer)
        given = live(place, ends + timedelta(days=1))
        with self.stages.stage(f"{place.name}: answers of today, timed", total=len(given)) as step:
            await load_live(target, given, reader=logins.reader, advance=step)
        times = defaultdict(list)
        for answer in given:
            remembered = self.memory[live_name(place, answer)]
            expected[answer.desk.unit, remembered["period"]] += 1
            if remembered["ms"] is not None:
                times[answer.desk.unit].append(remembered["ms"])
        cards = await self._cards(target, expected, logins.reader)
        return [
            Score(
                place=place.name,
                unit=place.unit(code).name,
                unit_id=target.registered.units[code],
                period=period,
                card=card,
                milliseconds=times[code],
            )
            for (code, period), card in cards.items()
        ]

    async def _cards(
        self, target: Target, expected: Mapping[tuple[str, str], int], reader: Login
    ) -> dict[tuple[str, str], Card]:
        """Cards by unit code and period, once each counts what was accepted for it."""
        units = target.registered.units
        return {
            (code, period): await score_with(reader, units[code], period=period, answers=answers)
            for (code, period), answers in sorted(expected.items())
        }


def _expected(answers: Sequence[Answer]) -> Counter[tuple[str, str]]:
    stay_parked, _ = for_review(answers)
    return Counter(
        (answer.desk.unit, quarter_of(answer.day))
        for answer in answers
        if answer.number not in stay_parked
    )

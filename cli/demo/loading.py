"""Posts answers: published ones one after the other, each watched until it has changed its score;
simulated ones many at a time.

Each has a name under which it is remembered, and a key that makes sending it again safe.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from cli.client import Client, Login
from cli.demo.answers import Answer
from cli.demo.memory import Memory
from cli.demo.places import Place
from cli.demo.published import Survey
from cli.demo.registration import Registered
from cli.demo.scores import all_scored, quarter_of, read_card, score_with
from cli.demo.sending import give_answer, open_visit
from cli.demo.stages import Advance

AT_A_TIME: Final = 32
_EVERY: Final = 130
"""One in so many simulated answers is parked for review; every second of them is restored."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where answers of one place go, and what is remembered of them."""

    client: Client
    place: Place
    registered: Registered
    memory: Memory

    async def answer(self, body: dict[str, Any], *, key: str) -> str:
        """Post a citizen's answer; the id of the fact."""
        key = f"demo/{self.place.slug}/{key}"
        return await give_answer(self.client, self.registered, body, key=key)

    def tries(self, name: str, before: int) -> bool:
        """Whether this is the first try to post something, and what was there before it.

        A start may have been cut off after the answer was stored: the time of a second try says
        nothing.
        """
        tried = tried_name(name)
        if tried in self.memory:
            return False
        self.memory.keep(tried, before)
        return True


async def load_survey(
    target: Target, survey: Survey, *, officer: Login, reader: Login, advance: Advance
) -> None:
    """Post the rows in order. After each, wait for the changed card and keep what it says."""
    unit = target.registered.units[survey.desk.unit]
    for number, row in enumerate(survey.rows, 1):
        name = row_name(survey, number)
        if name not in target.memory:
            first_try = target.tries(name, number - 1)
            began = time.perf_counter()
            if survey.on_paper:
                await _post_on_paper(target, survey, officer=officer, number=number)
            else:
                body = {
                    "counter": target.registered.counter(survey.desk),
                    "service_day": row.day.isoformat(),
                    "scores": dict(row.scores),
                }
                await target.answer(body, key=f"{survey.desk.unit}/{number}")
            card = await score_with(reader, unit, period=survey.quarter, answers=number)
            milliseconds = (time.perf_counter() - began) * 1000 if first_try else None
            target.memory.keep(name, {"ms": milliseconds, "index": str(card.exact)})
        advance()


async def _post_on_paper(target: Target, survey: Survey, *, officer: Login, number: int) -> None:
    row = survey.rows[number - 1]
    when = {"answered_at": row.moment.isoformat()} if row.moment else {"day": row.day.isoformat()}
    body = {
        "unit_id": target.registered.units[survey.desk.unit],
        "service_id": target.registered.services[survey.desk.service],
        "rows": [{"line": number, "scores": dict(row.scores), **when}],
    }
    batch = f"{survey.place.slug}-{survey.desk.unit}".lower()
    await officer.post("feedback", f"/v1/paper-batches/{batch}/answers", body)


async def load_month(
    target: Target, answers: Sequence[Answer], *, queue: Login, advance: Advance
) -> None:
    """Post visits and answers, some at a time, in the order of the month."""
    waiting = iter(answers)

    async def post_some() -> None:
        for answer in waiting:
            name = f"answer/{target.place.slug}/{answer.number}"
            if name not in target.memory:
                target.memory.keep(name, await _post(target, answer, queue=queue))
            advance()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_A_TIME):
                group.create_task(post_some())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _post(target: Target, answer: Answer, *, queue: Login) -> str:
    if answer.visit is None:
        body = {
            "counter": target.registered.counter(answer.desk),
            "service_day": answer.day.isoformat(),
        }
        return await target.answer({**body, **answer.said}, key=f"{answer.day}/{answer.number}")
    # The token is remembered before it is used: with it the same answer can be sent again.
    name = f"token/{target.place.slug}/{answer.number}"
    if name not in target.memory:
        token = await open_visit(queue, target.registered, answer, answer.visit)
        target.memory.keep(name, token)
    return await target.answer(
        {"token": target.memory[name], **answer.said}, key=f"token/{answer.number}"
    )


def for_review(answers: Iterable[Answer]) -> tuple[list[int], list[int]]:
    """Numbers of the answers that stay parked, and of those that are parked and restored."""
    parked = [answer.number for answer in answers if answer.number % _EVERY == _EVERY // 2]
    return parked[::2], parked[1::2]


async def review(target: Target, answers: Sequence[Answer], *, officer: Login) -> None:
    """Park some answers as doubtful, and restore every second of them. Safe to repeat.

    Waits until all answers are in their scores, after the parking and after the restoring: what is
    timed afterwards must not meet a late revision of one of these.
    """
    facts = [target.memory[f"answer/{target.place.slug}/{answer.number}"] for answer in answers]
    stay, come_back = for_review(answers)
    for number in [*stay, *come_back]:
        reason = {"reason_code": "suspected_duplicate"}
        await officer.post("feedback", f"/v1/answers/{facts[number]}/park", reason)
    await all_scored(officer, facts, parked=len(stay) + len(come_back))
    for number in come_back:
        await officer.post("feedback", f"/v1/answers/{facts[number]}/restore")
    await all_scored(officer, facts, parked=len(stay))


async def load_live(
    target: Target, answers: Sequence[Answer], *, reader: Login, advance: Advance
) -> None:
    """Give answers now, one by one, each timed from its POST until its unit's card has changed."""
    for answer in answers:
        name = live_name(target.place, answer)
        if name not in target.memory:
            unit = target.registered.units[answer.desk.unit]
            period = quarter_of(datetime.now(ZoneInfo(target.place.zone)).date())
            before = await read_card(reader, unit, period=period)
            first_try = target.tries(name, before.answers if before else 0)
            wanted = target.memory[tried_name(name)] + 1
            body = {"counter": target.registered.counter(answer.desk), **answer.said}
            began = time.perf_counter()
            await target.answer(body, key=name)
            await score_with(reader, unit, period=period, answers=wanted)
            milliseconds = (time.perf_counter() - began) * 1000 if first_try else None
            target.memory.keep(name, {"ms": milliseconds, "period": period})
        advance()


def tried_name(name: str) -> str:
    """Under which it is remembered how many answers there were before the first try."""
    return f"tried/{name}"


def row_name(survey: Survey, number: int) -> str:
    """Under which a row of a published survey, its time and the index after it are remembered."""
    return f"row/{survey.place.slug}/{survey.desk.unit}/{number}"


def live_name(place: Place, answer: Answer) -> str:
    """Under which an answer of today, its time and its period are remembered."""
    return f"live/{place.slug}/{answer.desk.unit}/{answer.number}"

"""Reads what answers add up to, and waits for it."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from cli.client import Login, RefusedError
from cli.errors import UserError

_LIMIT: Final = 120.0
_POLL: Final = 0.01
_AT_ONCE: Final = 1000
_WHY: Final = (
    "the logs in the data folder say why. After a hard kill instead of Ctrl-C, delete that folder "
    "and start again."
)


@dataclass(frozen=True, slots=True)
class Card:
    """A unit's index over all services in one period; `exact` is None where nothing is counted."""

    answers: int
    index: str
    grade: str
    exact: Fraction | None


def quarter_of(day: date) -> str:
    """As scoring writes a quarter: 2024-Q2."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


async def read_card(reader: Login, unit: str, *, period: str) -> Card | None:
    """A unit's card, or None while it has none."""
    try:
        card = await reader.get("scoring", f"/v1/units/{unit}/satisfaction", period=period)
    except RefusedError as refusal:
        if refusal.slug == "not-found":
            return None
        raise
    exact = None
    if card["index"] is not None:
        exact = Fraction(int(card["index_numerator"]), int(card["index_denominator"]))
    return Card(card["answers"], str(card["index"]), card["grade"] or "", exact)


async def score_with(reader: Login, unit: str, *, period: str, answers: int) -> Card:
    """The card once it counts so many answers. Raise `UserError` if it does not in two minutes."""
    limit = time.monotonic() + _LIMIT
    while True:
        card = await read_card(reader, unit, period=period)
        if card is not None and card.answers >= answers:
            return card
        if time.monotonic() > limit:
            raise UserError(
                f"unit {unit} has {card.answers if card else 0} of {answers} answers in its score "
                f"of {period} after {_LIMIT:.0f} s: {_WHY}"
            )
        await asyncio.sleep(_POLL)


async def all_scored(officer: Login, facts: Sequence[str], *, parked: int) -> None:
    """Wait until all facts but so many parked ones are in their unit's score. Raise `UserError`."""
    limit = time.monotonic() + _LIMIT
    while True:
        states: Counter[str] = Counter()
        for start in range(0, len(facts), _AT_ONCE):
            asked = {"fact_ids": facts[start : start + _AT_ONCE]}
            states.update(await officer.post("scoring", "/v1/facts/status", asked))
        done = states["counted"] - states["stale"]
        if (done, states["excluded"]) == (len(facts) - parked, parked):
            return
        if time.monotonic() > limit:
            raise UserError(
                f"{done} of {len(facts) - parked} answers are in their scores after {_LIMIT:.0f} s "
                f"({dict(states)}): {_WHY}"
            )
        await asyncio.sleep(_POLL)

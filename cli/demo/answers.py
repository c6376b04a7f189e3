"""A simulated month of answers. The same place and last day always give the same month."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from cli.demo.places import Desk, Place
from cli.demo.voices import comment_for, profile
from shared.contracts import ELEMENTS

DAYS: Final = 30
LIVE: Final = 8
"""Most answers of a unit that are given today, one after the other, each timed."""

_WEEKDAYS: Final = (1.3, 1.1, 1.0, 0.95, 0.7, 0.0, 0.0)
"""How many come, Monday to Sunday, against a Wednesday."""

_SATURDAY: Final = 0.4
_OFFICER_ELEMENTS: Final = {"kompetensi": 1.0, "perilaku": 1.0, "waktu": 0.5}
_UNANSWERED: Final = 0.02
_MOMENTS: Final = ("taken_at", "called_at", "serving_at", "finished_at")


@dataclass(frozen=True, slots=True)
class Visit:
    """A ticket and its moments in UTC, as a queue system would tell them."""

    ticket: str
    officer: str
    taken_at: datetime
    called_at: datetime
    serving_at: datetime
    finished_at: datetime

    def times(self) -> dict[str, str]:
        """The moments as the visits route takes them."""
        return {name: getattr(self, name).isoformat() for name in _MOMENTS}

    def moved(self, by: timedelta) -> "Visit":
        """The same visit at another time."""
        return replace(self, **{name: getattr(self, name) + by for name in _MOMENTS})


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; without a visit it is a walk-in. `said` is the body beside token or counter."""

    number: int
    desk: Desk
    day: date
    visit: Visit | None
    said: Mapping[str, Any]


def month(place: Place, ends: date) -> list[Answer]:
    """The answers of the 30 days up to `ends`, that day included, in order of the day."""
    drafts = sorted(
        (draft for desk in place.desks for draft in _at_desk(place, desk, ends)),
        key=lambda draft: draft[1],
    )
    tickets: Counter[tuple[str, date]] = Counter()
    answers = []
    for number, (desk, moment, dice) in enumerate(drafts):
        day = moment.date()
        officer = dice.choices(list(desk.officers))[0]
        visit = None
        if dice.random() < desk.tickets:
            tickets[desk.unit, day] += 1
            ticket = f"{desk.unit[-4:]}-{day:%d%m}-{tickets[desk.unit, day]:03}"
            visit = _visit(ticket, officer, moment, dice=dice)
        said = _said(place, desk, dice=dice, officer=officer, visit=visit)
        answers.append(Answer(number, desk, day, visit, said))
    return answers


def live(place: Place, today: date) -> list[Answer]:
    """The walk-in answers of today, some at each unit with a desk; fewer where a month is small."""
    desks = {desk.unit: desk for desk in place.desks}
    dice = _dice(place.slug, "live", today)
    return [
        Answer(number, desk, today, None, _said(place, desk, dice=dice, officer="", visit=None))
        for desk in desks.values()
        for number in range(min(LIVE, max(2, desk.answers // 10)))
    ]


def now_at(
    place: Place, desk: Desk, now: datetime, *, number: int, annoyed: bool, dice: random.Random
) -> Answer:
    """An answer of a visit that ended at `now` (UTC), or of a walk-in; `annoyed` by the visit."""
    officer = dice.choices(list(desk.officers))[0]
    visit = None
    if dice.random() < desk.tickets:
        visit = _visit(f"{desk.unit[-4:]}-{now:%d%m-%H%M%S}-{number}", officer, now, dice=dice)
        visit = visit.moved(now - visit.finished_at)
    at_desk = replace(desk, mood=1.0) if annoyed else desk
    said = _said(place, at_desk, dice=dice, officer=officer, visit=visit)
    return Answer(number, desk, now.astimezone(ZoneInfo(place.zone)).date(), visit, said)


def _at_desk(
    place: Place, desk: Desk, ends: date
) -> Iterator[tuple[Desk, datetime, random.Random]]:
    dice = _dice(place.slug, desk.unit, desk.service, ends)
    days = [ends - timedelta(days=back) for back in range(DAYS)]
    crowd = [_SATURDAY if _is_saturday(day, desk) else _WEEKDAYS[day.weekday()] for day in days]
    for day in dice.choices(days, crowd, k=desk.answers):
        opened = datetime.combine(day, time(8), ZoneInfo(place.zone))
        since_opening = timedelta(minutes=dice.triangular(0, 400, 90))
        yield desk, opened + since_opening, _dice(dice.random())


def _dice(*seed: object) -> random.Random:
    return random.Random("/".join(map(str, seed)))  # noqa: S311 - repeatable, not secret


def _is_saturday(day: date, desk: Desk) -> bool:
    return desk.saturdays and day.weekday() == 5


def _visit(ticket: str, officer: str, moment: datetime, *, dice: random.Random) -> Visit:
    taken = moment.astimezone(UTC).replace(microsecond=0)
    called = taken + timedelta(seconds=int(dice.gammavariate(2.0, 420)))
    serving = called + timedelta(seconds=dice.randint(10, 60))
    finished = serving + timedelta(seconds=int(dice.gammavariate(3.0, 240)) + 60)
    return Visit(ticket, officer, taken, called, serving, finished)


def _said(
    place: Place, desk: Desk, *, dice: random.Random, officer: str, visit: Visit | None
) -> dict[str, Any]:
    humour = desk.mood + dice.gauss(0, 0.4)
    served = desk.officers.get(officer, 0.0)
    waited = (visit.called_at - visit.taken_at) / timedelta(minutes=1) if visit else 15.0
    scores = {}
    for element in sorted(set(ELEMENTS) - place.switched_off(desk)):
        mark = humour + desk.elements.get(element, 0.0) + dice.gauss(0, 0.5)
        mark += served * _OFFICER_ELEMENTS.get(element, 0.0)
        mark -= 0.02 * (waited - 15) if element == "waktu" else 0.0
        if dice.random() >= _UNANSWERED:
            scores[str(element)] = min(4, max(1, round(mark)))
    if not scores:
        scores["perilaku"] = 3
    said: dict[str, Any] = {"scores": scores}
    said |= comment_for(sum(scores.values()) / len(scores), dice)
    said |= profile(dice)
    return said

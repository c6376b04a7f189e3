"""Which cards a tally belongs to, and what a card says."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

from services.scoring.ledger.rules import ELEMENTS
from services.scoring.registry_replica.rules import Policy
from services.scoring.satisfaction.rules import RULE_VERSION, Index, MarkCounts, satisfaction_index

_PERIOD = re.compile(r"(?P<year>[12][0-9]{3})-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4]))")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A calendar month (``2026-11``) or quarter (``2026-Q4``)."""

    starts: date
    months: int

    @classmethod
    def parse(cls, name: str) -> "Period":
        """The period of that name. ``ValueError`` says what a name looks like."""
        match = _PERIOD.fullmatch(name)
        if match is None:
            raise ValueError("a period is a month like 2026-11 or a quarter like 2026-Q4")
        year = int(match["year"])
        if match["month"]:
            return cls.month_of(date(year, int(match["month"]), 1))
        return cls(date(year, 3 * int(match["quarter"]) - 2, 1), 3)

    @classmethod
    def month_of(cls, day: date) -> "Period":
        return cls(day.replace(day=1), 1)

    @classmethod
    def quarter_of(cls, day: date) -> "Period":
        return cls(date(day.year, (day.month - 1) // 3 * 3 + 1, 1), 3)

    @property
    def name(self) -> str:
        if self.months == 3:
            return f"{self.starts.year:04}-Q{(self.starts.month + 2) // 3}"
        return f"{self.starts.year:04}-{self.starts.month:02}"

    @property
    def ends(self) -> date:
        """The first day no more."""
        return self._first_of(self.months)

    def each_month(self) -> list[date]:
        """The first days of its months."""
        return [self._first_of(place) for place in range(self.months)]

    def up_to_here(self, count: int) -> "list[Period]":
        """So many periods of the same length, oldest first, this one the last."""
        return [
            Period(self._first_of(-before * self.months), self.months)
            for before in reversed(range(count))
        ]

    def _first_of(self, month: int) -> date:
        months = self.starts.year * 12 + self.starts.month - 1 + month
        return date(months // 12, months % 12 + 1, 1)


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """A unit, or a person under an assignment in ``unit_id``; for a unit both ids are equal."""

    tenant_id: UUID
    kind: str
    id: UUID
    unit_id: UUID


def unit_key(tenant: UUID, unit: UUID) -> str:
    """By which a new version of a unit's card is announced to open streams."""
    return f"{tenant}/{unit}"


@dataclass(frozen=True, slots=True, order=True)
class CardKey:
    """``service_id`` is None on the card over all services, the only one a person has."""

    subject: Subject
    service: str
    period: Period

    @property
    def service_id(self) -> UUID | None:
        return UUID(self.service) if self.service else None


def cards_over(subject: Subject, service_id: UUID | None, *, month: date) -> list[CardKey]:
    """The cards that a tally of this month belongs to."""
    services = [""]
    if subject.kind == "unit" and service_id is not None:
        services.append(str(service_id))
    return [
        CardKey(subject, service, period)
        for service in services
        for period in (Period.month_of(month), Period.quarter_of(month))
    ]


@dataclass(frozen=True, slots=True)
class Tally:
    """Answers of one month and service that gave marks to the same elements (``answered``).

    ``counts`` says for each of these how often it was given 1, 2, 3 and 4.
    """

    month: date
    service_id: UUID
    answered: int
    answers: int
    counts: Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Score:
    """What a card says. ``counts`` holds every element that is asked, also where nobody answered
    it; ``index`` is None where nobody answered any."""

    answers: int
    incomplete: int
    counts: Mapping[str, MarkCounts]
    index: Index | None


NOTHING = Score(0, 0, {}, None)


@dataclass(frozen=True, slots=True)
class Before:
    """What a card said until its last change."""

    answers: int
    index: Decimal | None
    grade: str | None


@dataclass(frozen=True, slots=True)
class Card:
    """A stored version of a score and what explains it; ``version`` 0 where there is none yet."""

    key: CardKey
    score: Score
    policy: Policy
    version: int = 0
    rule_version: int = RULE_VERSION
    computed_at: datetime | None = None
    changed_by: str | None = None
    changed_at: datetime | None = None
    before: Before | None = None

    @property
    def sufficient(self) -> bool:
        """Whether the sample is as large as the policy wants."""
        return self.score.answers >= self.policy.minimum_sample


def score(tallies: Iterable[Tally], policy: Policy) -> Score:
    """Add up the tallies of a card. Marks of an element that a service does not ask for are left
    out; an answer is incomplete if it lacks one that its service asks for."""
    answers = incomplete = 0
    given: dict[str, list[Sequence[int]]] = {element: [] for element in ELEMENTS}
    off_in_all: frozenset[str] | None = None
    for tally in tallies:
        off = policy.off_for(tally.service_id)
        off_in_all = off if off_in_all is None else off_in_all & off
        answers += tally.answers
        if _bits(off) | tally.answered != _ALL:
            incomplete += tally.answers
        for element, marks in tally.counts.items():
            if element not in off:
                given[element].append(marks)
    if not answers:
        return NOTHING
    asked = {e: _sum(given[e]) for e in ELEMENTS if e not in (off_in_all or ())}
    return Score(answers, incomplete, asked, index_of(asked, policy))


def index_of(asked: Mapping[str, MarkCounts], policy: Policy) -> Index | None:
    """The index of what a card holds; elements that are not asked are absent from ``asked``."""
    off = [element for element in ELEMENTS if element not in asked]
    return satisfaction_index(asked, switched_off=off, weight_decimals=policy.weight_decimals)


def _sum(counts: Iterable[Sequence[int]]) -> MarkCounts:
    return MarkCounts(*map(sum, zip(*counts, strict=True)))


@lru_cache(maxsize=1024)
def _bits(elements: frozenset[str]) -> int:
    return sum(1 << bit for bit, element in enumerate(ELEMENTS) if element in elements)


_ALL = _bits(frozenset(ELEMENTS))

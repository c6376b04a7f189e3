"""Survey answers as they stand on the topic, and the sums that they must add up to."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from bench.place import Desk, Place
from shared.contracts import ELEMENTS, FACTS, SurveyAnswered
from shared.db import uuid7
from shared.messaging.envelope import headers_of
from shared.messaging.producer import Message
from shared.messaging.records import Record

REPEATED: Final = 0.02
REVISED: Final = 0.02
_INCOMPLETE: Final = 0.1
_APART: Final = 10_000
"""How many records later, at most, a repetition or a revision follows."""
_SINCE: Final = datetime(2026, 3, 2, tzinfo=UTC)
_DAYS: Final = 26
_PATTERNS: Final = 4096
_STATES: Final = ("accepted", "parked", "accepted")

Marks = dict[str, int]


@dataclass
class Sums:
    """What is counted: answers, and per element how many marks and their total."""

    answers: int = 0
    elements: dict[str, tuple[int, int]] = field(
        default_factory=lambda: {str(element): (0, 0) for element in ELEMENTS}
    )

    def add(self, marks: Marks, times: int) -> None:
        self.answers += times
        for element, mark in marks.items():
            count, total = self.elements[element]
            self.elements[element] = (count + times, total + times * mark)

    def __add__(self, other: "Sums") -> "Sums":
        elements = {
            name: (count + other.elements[name][0], total + other.elements[name][1])
            for name, (count, total) in self.elements.items()
        }
        return Sums(self.answers + other.answers, elements)


@dataclass(frozen=True)
class Facts:
    """`messages` hold repetitions and revisions among `distinct` facts; `sums` are exact."""

    messages: list[Message]
    distinct: int
    sums: Sums

    def records(self) -> list[Record]:
        """The same as a consumer gets them."""
        return [
            Record(FACTS.name, 0, offset, message.key, message.value, tuple(message.headers))
            for offset, message in enumerate(self.messages)
        ]


def make_facts(place: Place, records: int, *, seed: int, topic: str = FACTS.name) -> Facts:
    """About so many records: facts of a month, 2 % of them repeated, 2 % with later revisions.

    One in ten answers leaves an element out. Half of the revised facts are parked, the others
    parked and restored.
    """
    random = Random(seed)
    patterns = [_marks(random) for _ in range(_PATTERNS)]
    written = [json.dumps(marks, separators=(",", ":")) for marks in patterns]
    moments = [_moment(random) for _ in range(_PATTERNS)]
    sources = [source for desk in place.desks for source in _sources(desk)]
    counted: Counter[int] = Counter()
    placed: list[tuple[int, Message]] = []
    distinct = int(records / (1 + REPEATED + 1.5 * REVISED))
    for position in range(distinct):
        pattern = random.randrange(_PATTERNS)
        tenant, source = random.choice(sources)
        fact = _Fact(
            tenant,
            str(uuid7()),
            moment=random.choice(moments),
            source=source,
            scores=written[pattern],
        )
        revisions = random.choice((2, 3)) if random.random() < REVISED else 1
        if _STATES[revisions - 1] == "accepted":
            counted[pattern] += 1
        later = position
        for revision in range(1, revisions + 1):
            message = fact.message(revision, topic)
            placed.append((later, message))
            later += random.randrange(_APART)
            if random.random() < REPEATED:
                placed.append((later, message))
    placed.sort(key=lambda pair: pair[0])
    sums = Sums()
    for pattern, times in counted.items():
        sums.add(patterns[pattern], times)
    return Facts([message for _, message in placed], distinct, sums)


def _marks(random: Random) -> Marks:
    marks = {str(element): random.choice((2, 3, 3, 4, 4, 4)) for element in ELEMENTS}
    if random.random() < _INCOMPLETE:
        del marks[random.choice(ELEMENTS)]
    return marks


def _moment(random: Random) -> str:
    return (_SINCE + timedelta(seconds=random.randrange(_DAYS * 86_400))).isoformat()[:-6] + "Z"


def _sources(desk: Desk) -> list[tuple[str, str]]:
    """The tenant, and the part of a body that names desk and officer."""
    return [
        (
            str(desk.tenant_id),
            f'"unit_id":"{desk.unit_id}","service_id":"{desk.service_id}","officer_id":"{officer}"',
        )
        for officer in desk.officers
    ]


class _Fact:
    """The bytes of one fact's revisions. Written by hand for speed; a test holds them equal to
    what the contract makes."""

    __slots__ = ("moment", "scores", "source", "subject", "tenant")

    def __init__(self, tenant: str, subject: str, *, moment: str, source: str, scores: str) -> None:
        self.tenant = tenant
        self.subject = subject
        self.moment = moment
        self.source = source
        self.scores = scores

    def message(self, revision: int, topic: str) -> Message:
        state = _STATES[revision - 1]
        counted = "true" if state == "accepted" else "false"
        body = (
            f'{{"tenant_id":"{self.tenant}","fact_id":"{self.subject}","revision":{revision},'
            f'"counted":{counted},"state":"{state}","channel":"ticket",{self.source},'
            f'"occurred_at":"{self.moment}","received_at":"{self.moment}","scores":{self.scores}}}'
        )
        row = {
            "event_type": SurveyAnswered.type,
            "event_id": f"{revision:08x}{self.subject[8:]}",
            "time": self,
            "tenant_id": self.tenant,
            "subject": self.subject,
            "traceparent": None,
        }
        key = f"{self.tenant}/{self.subject}".encode()
        return Message(topic, key, body.encode(), headers_of(row, "feedback"))

    def isoformat(self) -> str:
        """What the envelope asks of an event's time."""
        return self.moment

"""The event of an answer's first revision, written fast: the hot path makes thousands a second.

The contract stays ``shared.contracts.SurveyAnswered``; a test holds both equal.
"""

from datetime import datetime
from operator import getitem
from typing import Final, NamedTuple
from uuid import UUID

from shared.contracts import ELEMENTS, Scores, SurveyAnswered

ELEMENT_NAMES: Final = tuple(element.value for element in ELEMENTS)

Marks = tuple[int | None, ...]
"""Nine marks in the order of ``ELEMENTS``; None where not answered."""


class NewAnswer(NamedTuple):
    """One answer as it is stored: the fields are the columns, in the order of the insert."""

    tenant_id: UUID
    fact_id: UUID
    channel: str
    unit_id: UUID
    service_id: UUID
    officer_id: UUID | None
    visit_id: UUID | None
    counter_id: UUID | None
    occurred_at: datetime
    received_at: datetime
    scores: Marks
    comment: str | None
    sentiment: str | None
    sex: str | None
    age_band: str | None
    education: str | None
    occupation: str | None
    claim: bytes | None
    digest: bytes | None
    traceparent: str | None


def marks_of(scores: Scores) -> Marks:
    """The marks in the order of ``ELEMENTS``."""
    given = scores.__dict__
    return tuple([given[name] for name in ELEMENT_NAMES])


def scores_of(marks: Marks | list[int | None]) -> Scores:
    """The contract's scores of stored marks."""
    return Scores.model_validate(dict(zip(ELEMENT_NAMES, marks, strict=True)))


def first_body(answer: NewAnswer) -> bytes:
    """``SurveyAnswered.body()`` of the first, accepted revision."""
    officer = f'"officer_id":"{answer.officer_id}",' if answer.officer_id else ""
    scores = "".join(map(getitem, _SCORES, answer.scores))[:-1]
    received_at = _utc(answer.received_at)
    occurred_at = (
        received_at if answer.occurred_at is answer.received_at else _utc(answer.occurred_at)
    )
    return (
        f'{{"tenant_id":"{answer.tenant_id}","fact_id":"{answer.fact_id}","revision":1,'
        f'"counted":true,"state":"accepted","channel":"{answer.channel}",'
        f'"unit_id":"{answer.unit_id}","service_id":"{answer.service_id}",{officer}'
        f'"occurred_at":"{occurred_at}","received_at":"{received_at}",'
        f'"scores":{{{scores}}}}}'
    ).encode()


_SCORES: Final = [
    {None: "", **{mark: f'"{name}":{mark},' for mark in range(1, 5)}} for name in ELEMENT_NAMES
]
"""Per element and mark its part of the JSON."""


def _utc(moment: datetime) -> str:
    return f"{moment.isoformat()[:-6]}Z"


EVENT_TYPE: Final = SurveyAnswered.type
EVENT_TOPIC: Final = SurveyAnswered.topic

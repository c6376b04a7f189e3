"""What it adds up to."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Event, Instant, Part


class SubjectKind(StrEnum):
    UNIT = "unit"
    PERSON = "person"


class Grade(StrEnum):
    """PermenPANRB 14/2017: A from 88.31, B from 76.61, C from 65.00, D below."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class CardChange(Part):
    """One card's new state. ``index`` and ``grade`` are absent where nothing is counted, and
    for a person whose sample is below the policy's minimum."""

    period: Annotated[str, Field(pattern=r"^\d{4}-(\d{2}|Q[1-4])$")]
    period_starts: date
    service_id: UUID | None = None
    version: Annotated[int, Field(ge=1)]
    answers: Annotated[int, Field(ge=0)]
    index: Decimal | None = None
    grade: Grade | None = None
    previous_grade: Grade | None = None


class ScoreChanged(Event):
    """Cards of one subject that one recompute changed; of very many in several events."""

    type: ClassVar[str] = "scoring.score_changed.v1"
    topic: ClassVar[str] = "scoring.results.v1"

    subject_kind: SubjectKind
    subject_id: UUID
    unit_id: UUID
    computed_at: Instant
    cards: Annotated[tuple[CardChange, ...], Field(max_length=200)]

    def subject(self) -> str:
        return f"{self.subject_kind}/{self.subject_id}"

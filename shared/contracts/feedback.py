"""Facts that people tell us. A fact is a document with revisions; the highest one counts."""

from enum import StrEnum
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import Field, model_validator

from shared.contracts.event import Event, Instant, Part


class Element(StrEnum):
    """The nine elements of PermenPANRB 14/2017, by name: publishers swap numbers 8 and 9."""

    PERSYARATAN = "persyaratan"
    PROSEDUR = "prosedur"
    WAKTU = "waktu"
    BIAYA = "biaya"
    PRODUK = "produk"
    KOMPETENSI = "kompetensi"
    PERILAKU = "perilaku"
    PENGADUAN = "pengaduan"
    SARANA = "sarana"


ELEMENTS: tuple[Element, ...] = tuple(Element)

Mark = Annotated[int, Field(ge=1, le=4, strict=True)]


class Scores(Part):
    """Marks 1 to 4. An absent element was not answered; at least one is present."""

    persyaratan: Mark | None = None
    prosedur: Mark | None = None
    waktu: Mark | None = None
    biaya: Mark | None = None
    produk: Mark | None = None
    kompetensi: Mark | None = None
    perilaku: Mark | None = None
    pengaduan: Mark | None = None
    sarana: Mark | None = None

    @model_validator(mode="after")
    def _something_answered(self) -> Self:
        if all(getattr(self, element) is None for element in ELEMENTS):
            raise ValueError("answer at least one of the nine elements")
        return self


class AnswerChannel(StrEnum):
    """How the answer reached us."""

    TICKET = "ticket"
    WALK_IN = "walk_in"
    PAPER = "paper"


class AnswerState(StrEnum):
    """Only ``accepted`` counts. ``withdrawn`` is final."""

    ACCEPTED = "accepted"
    PARKED = "parked"
    WITHDRAWN = "withdrawn"


class SurveyAnswered(Event):
    """One citizen's answer about one service of one unit, without comment and profile."""

    type: ClassVar[str] = "feedback.survey_answered.v1"
    topic: ClassVar[str] = "feedback.facts.v1"

    fact_id: UUID
    revision: Annotated[int, Field(ge=1, le=2**31 - 1)]
    counted: bool
    state: AnswerState
    channel: AnswerChannel
    unit_id: UUID
    service_id: UUID
    officer_id: UUID | None = None
    occurred_at: Instant
    """When the service was rendered; with the tenant's zone it decides the period."""
    received_at: Instant
    scores: Scores

    def subject(self) -> str:
        return str(self.fact_id)

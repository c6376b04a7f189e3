"""The document: as the routes of each kind take it, with units by code and services by name."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from services.registry.calendars.api import NewDay, Spans
from services.registry.calendars.rules import MOST_DAYS
from services.registry.competences.api import NewCompetence
from services.registry.fields import Amount, Body, Text, Word
from services.registry.goals.api import GoalBody
from services.registry.indicators.api import BandBody
from services.registry.periods.api import NewYear
from services.registry.training.api import Places
from shared.contracts import (
    Aspect,
    BehaviourValue,
    Better,
    Element,
    IndicatorSource,
    MeasureUnit,
    PolicyDocument,
    PostKind,
    ServiceDay,
)

UnitCode = Annotated[
    Word | None, Field(description="The code of a unit; without it, the whole tenant")
]


class PolicyPart(Body):
    """Recognised by unit, kind and day."""

    unit: UnitCode = None
    valid_from: date
    document: PolicyDocument


class SwitchPart(Body):
    """An element that is not asked, for one service, by name, or for all."""

    element: Element
    service: Text | None = None


class SatisfactionPart(Body):
    """Recognised by unit and day."""

    unit: UnitCode = None
    valid_from: date
    weight_decimals: Literal[2, 3] | None = None
    switched_off: Annotated[tuple[SwitchPart, ...], Field(max_length=1000)] = ()
    minimum_sample: Annotated[int, Field(ge=1, le=100_000)] = 30
    shrinkage: Annotated[int, Field(ge=0, le=100_000)] = 30


class IndicatorPart(Body):
    """Recognised by name, unit and first day."""

    unit: UnitCode = None
    service: Text | None = None
    name: Text
    source: IndicatorSource
    measure_unit: MeasureUnit
    better: Better
    target_low: Amount
    target_high: Amount
    bands: Annotated[tuple[BandBody, ...], Field(max_length=20)] = ()
    aspect: Aspect
    theme: Word | None = None
    weight: Amount = Decimal(1)
    post_kind: PostKind | None = None
    valid_from: date
    valid_until: date | None = None


class CalendarPart(Body):
    """Recognised by unit and day. `week` is Monday to Sunday; days that were added since stay."""

    unit: UnitCode = None
    valid_from: ServiceDay
    week: Annotated[tuple[Spans, ...], Field(min_length=7, max_length=7)]
    days: Annotated[tuple[NewDay, ...], Field(max_length=MOST_DAYS)] = ()


class CompetencePart(NewCompetence):
    """Recognised by code. `indicators` are named; what shows a lack of it besides stays."""

    indicators: Annotated[tuple[Text, ...], Field(max_length=200)] = ()
    values: frozenset[BehaviourValue] = frozenset()
    elements: frozenset[Element] = frozenset()


class ProgrammePart(Body):
    """Recognised by name and first day. `competences` are codes."""

    name: Text
    provider: Text
    starts_on: ServiceDay
    ends_on: ServiceDay
    places: Places | None = None
    competences: Annotated[tuple[Word, ...], Field(max_length=100)] = ()


class Configuration(Body):
    """Everything in it is there afterwards as it says; what it does not name stays as it is.

    Goals are recognised by name; `periods` are all those of a kind in a year.
    """

    name: Text
    policies: Annotated[tuple[PolicyPart, ...], Field(max_length=200)] = ()
    satisfaction: Annotated[tuple[SatisfactionPart, ...], Field(max_length=200)] = ()
    indicators: Annotated[tuple[IndicatorPart, ...], Field(max_length=500)] = ()
    goals: Annotated[tuple[GoalBody, ...], Field(max_length=200)] = ()
    periods: Annotated[tuple[NewYear, ...], Field(max_length=20)] = ()
    calendars: Annotated[tuple[CalendarPart, ...], Field(max_length=100)] = ()
    competences: Annotated[tuple[CompetencePart, ...], Field(max_length=200)] = ()
    programmes: Annotated[tuple[ProgrammePart, ...], Field(max_length=200)] = ()

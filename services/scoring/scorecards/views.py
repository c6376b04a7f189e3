"""What the API shows of a card: rounded beside exact, and nothing that is not certain enough."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from services.scoring.ledger.rules import ELEMENTS
from services.scoring.registry_replica.rules import Policy
from services.scoring.satisfaction.rules import (
    grade,
    interval,
    required_sample,
    round_half_up,
    shrunk,
)
from services.scoring.scorecards.rules import Card, Period


class Interval(BaseModel):
    """Where the index lies with a certainty of 95 %: see `docs/satisfaction-index.md`."""

    low: Decimal
    high: Decimal


class ElementView(BaseModel):
    """`status` says why an element without a mean has none. `index` is the mean x 25."""

    element: str
    status: Literal["active", "no_answers", "switched_off"]
    answers: int = 0
    mean: Decimal | None = None
    index: Decimal | None = None
    grade: str | None = None


class PolicyView(BaseModel):
    """The policy that held: that of the nearest `unit`, of the `tenant`, or the `default`."""

    level: Literal["unit", "tenant", "default"]
    id: UUID | None
    version: int | None
    unit_id: UUID | None
    minimum_sample: int
    shrinkage: int
    weight_decimals: int | None


class SampleView(BaseModel):
    """Answers needed for a population (PermenPANRB 14/2017), and whether there are as many."""

    population: int
    required: int
    sufficient: bool


class IndexView(BaseModel):
    """An index: rounded half up to two decimals, beside its exact numerator and denominator."""

    index: Decimal | None = None
    index_numerator: int | None = None
    index_denominator: int | None = None
    interval: Interval | None = None
    grade: str | None = None


class UnitSatisfaction(IndexView):
    """A unit's card of one period, over all services or of one.

    `provisional`: fewer answers than the policy's minimum sample. `stale`: answers have been
    counted that are not in it yet; ask again in a moment.
    """

    unit_id: UUID
    service_id: UUID | None
    period: str
    period_starts: date
    period_ends: date
    answers: int
    incomplete: int
    provisional: bool
    elements: list[ElementView]
    policy: PolicyView
    sample: SampleView | None = None
    version: int
    computed_at: datetime | None
    stale: bool


class UnitSummary(IndexView):
    """A line of the list of units."""

    unit_id: UUID
    period: str
    answers: int
    incomplete: int
    provisional: bool
    version: int
    computed_at: datetime | None


class TrendPoint(IndexView):
    """One period; `index` is None where nobody answered: a gap stays a gap."""

    period: str
    period_starts: date
    answers: int
    provisional: bool
    version: int


class Trend(BaseModel):
    """Periods of one length, oldest first."""

    unit_id: UUID
    service_id: UUID | None
    points: list[TrendPoint]


class PersonEvidence(IndexView):
    """Answers for which a person served under an assignment in one unit.

    Only evidence: `shrunk` is the own index drawn to the unit's by n / (n + shrinkage). Below the
    policy's minimum sample nothing but the number of answers is shown, and `withheld` says why.
    """

    unit_id: UUID
    answers: int
    incomplete: int | None = None
    withheld: str | None = None
    shrunk: Decimal | None = None
    unit_index: Decimal | None = None
    elements: list[ElementView] = []
    policy: PolicyView
    version: int
    computed_at: datetime | None
    stale: bool


class PersonSatisfaction(BaseModel):
    """The evidence of one person and period, one entry per unit of assignment."""

    person_id: UUID
    period: str
    period_starts: date
    period_ends: date
    evidence: list[PersonEvidence]


def index_view(card: Card) -> IndexView:
    """The index of a card with its interval and grade; all None where there is none."""
    index = card.score.index
    if index is None:
        return IndexView()
    low, high = interval(card.score.counts, index)
    return IndexView(
        index=index.rounded,
        index_numerator=index.exact.numerator,
        index_denominator=index.exact.denominator,
        interval=Interval(low=low, high=high),
        grade=index.grade,
    )


def element_views(card: Card) -> list[ElementView]:
    """One line per element, in the questionnaire's order."""
    counts = card.score.counts
    views = []
    for element in ELEMENTS:
        if element not in counts and card.score.answers:
            views.append(ElementView(element=element, status="switched_off"))
        elif element not in counts or not counts[element].n:
            views.append(ElementView(element=element, status="no_answers"))
        else:
            index = round_half_up(counts[element].mean * 25)
            views.append(
                ElementView(
                    element=element,
                    status="active",
                    answers=counts[element].n,
                    mean=round_half_up(counts[element].mean, 4),
                    index=index,
                    grade=grade(index),
                )
            )
    return views


def policy_view(policy: Policy) -> PolicyView:
    return PolicyView(
        level="default" if policy.id is None else "unit" if policy.unit_id else "tenant",
        id=policy.id,
        version=policy.version,
        unit_id=policy.unit_id,
        minimum_sample=policy.minimum_sample,
        shrinkage=policy.shrinkage,
        weight_decimals=policy.weight_decimals,
    )


def unit_view(card: Card, *, stale: bool, population: int | None) -> UnitSatisfaction:
    score, period = card.score, card.key.period
    sample = None
    if population is not None:
        required = required_sample(population)
        sample = SampleView(
            population=population, required=required, sufficient=score.answers >= required
        )
    return UnitSatisfaction(
        **index_view(card).model_dump(),
        unit_id=card.key.subject.unit_id,
        service_id=card.key.service_id,
        period=period.name,
        period_starts=period.starts,
        period_ends=period.ends,
        answers=score.answers,
        incomplete=score.incomplete,
        provisional=not card.sufficient,
        elements=element_views(card),
        policy=policy_view(card.policy),
        sample=sample,
        version=card.version,
        computed_at=card.computed_at,
        stale=stale,
    )


def unit_summary(card: Card) -> UnitSummary:
    return UnitSummary(
        **index_view(card).model_dump(),
        unit_id=card.key.subject.unit_id,
        period=card.key.period.name,
        answers=card.score.answers,
        incomplete=card.score.incomplete,
        provisional=not card.sufficient,
        version=card.version,
        computed_at=card.computed_at,
    )


def trend_point(period: Period, card: Card | None) -> TrendPoint:
    view = index_view(card) if card else IndexView()
    return TrendPoint(
        **view.model_dump(),
        period=period.name,
        period_starts=period.starts,
        answers=card.score.answers if card else 0,
        provisional=not card.sufficient if card else True,
        version=card.version if card else 0,
    )


def evidence_view(card: Card, unit: Card | None, *, stale: bool) -> PersonEvidence:
    """``unit`` is the card of the unit in which the person served, over all services."""
    shared = {
        "unit_id": card.key.subject.unit_id,
        "answers": card.score.answers,
        "policy": policy_view(card.policy),
        "version": card.version,
        "computed_at": card.computed_at,
        "stale": stale,
    }
    if not card.sufficient:
        return PersonEvidence(**shared, withheld=withheld(card))
    own, toward = card.score.index, unit.score.index if unit else None
    drawn = None
    if own and toward:
        drawn = shrunk(
            own.exact, toward.exact, answers=card.score.answers, shrinkage=card.policy.shrinkage
        )
    return PersonEvidence(
        **shared,
        **index_view(card).model_dump(),
        incomplete=card.score.incomplete,
        shrunk=round_half_up(drawn) if drawn is not None else None,
        unit_index=toward.rounded if toward else None,
        elements=element_views(card),
    )


def withheld(card: Card) -> str:
    """Why a person's evidence is not shown."""
    return (
        f"{card.score.answers} of at least {card.policy.minimum_sample} answers: too few to say "
        "anything about a person. Wait for more, or look at the quarter."
    )

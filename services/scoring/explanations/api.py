"""`.../satisfaction/explanation`: the rule, the policy, the inputs, the arithmetic (promise G6)."""

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.scoring.access import Access, Member
from services.scoring.explanations.rules import arithmetic, drawn_to_unit, why_policy
from services.scoring.ledger import store as ledger
from services.scoring.ledger.rules import ELEMENTS
from services.scoring.satisfaction.rules import RULE, SOURCE
from services.scoring.scorecards import store as scorecards
from services.scoring.scorecards.api import InPeriod
from services.scoring.scorecards.lookup import (
    check_may_see,
    is_stale,
    person_cards,
    unit_card,
)
from services.scoring.scorecards.rules import Card
from services.scoring.scorecards.views import withheld
from shared.db import Connection
from shared.http.problems import not_found

router = APIRouter(prefix="/v1", tags=["explanations"])


class RuleView(BaseModel):
    name: str
    version: int
    source: str


class PolicyExplained(BaseModel):
    """The whole policy, and why it and no other held."""

    document: dict[str, Any]
    reason: str


class ElementInput(BaseModel):
    """How often the element was given 1, 2, 3 and 4."""

    element: str
    marks: tuple[int, int, int, int]
    answers: int
    total: int


class Inputs(BaseModel):
    answers: int
    incomplete: int
    elements: list[ElementInput]
    without_answers: list[str]
    switched_off: list[str]


class StepView(BaseModel):
    """`value` is exact; `text` says how it follows from the inputs and the steps before."""

    name: str
    value: str
    text: str


class Day(BaseModel):
    """Answers of one day of the tenant: counted ones, and those left out with the reason."""

    day: date
    counted: int
    parked: int
    withdrawn: int


class BeforeView(BaseModel):
    answers: int
    index: Decimal | None
    grade: str | None


class LastChange(BaseModel):
    """`what`: counted (answers came), excluded (parked or withdrawn), corrected, recounted (who
    worked where was corrected), policy. `before` is what the version before it said."""

    what: str | None
    at: datetime | None
    before: BeforeView | None = None


class Explanation(BaseModel):
    """Everything that makes a score what it is. Where `withheld` is set, the sample of a person is
    too small to show more."""

    subject_kind: str
    subject_id: UUID
    unit_id: UUID
    service_id: UUID | None
    period: str
    version: int
    computed_at: datetime | None
    stale: bool
    rule: RuleView
    policy: PolicyExplained
    withheld: str | None = None
    inputs: Inputs | None = None
    arithmetic: list[StepView] = []
    evidence: list[Day]
    last_change: LastChange


@router.get("/units/{unit}/satisfaction/explanation")
async def explain_unit(
    unit: UUID, caller: Member, scoring: Access, period: InPeriod, service: UUID | None = None
) -> Explanation:
    async with scoring.transaction(caller.tenant) as connection:
        card = await unit_card(connection, caller.tenant, unit, period=period, service=service)
        explanation = await _explanation(connection, card)
    if card.before:
        explanation.last_change.before = BeforeView(**asdict(card.before))
    return _with_arithmetic(explanation, card)


@router.get("/people/{person}/satisfaction/explanation")
async def explain_person(
    person: UUID,
    caller: Member,
    scoring: Access,
    period: InPeriod,
    unit: Annotated[UUID | None, Query(description="The unit of the assignment")] = None,
) -> Explanation:
    """For the person, personnel officers and tenant administrators. Who served in several units
    during the period names one; without it the one with most answers is explained."""
    check_may_see(caller, person)
    async with scoring.transaction(caller.tenant) as connection:
        cards = await person_cards(connection, caller.tenant, person, period=period)
        cards = [card for card in cards if unit in (None, card.key.subject.unit_id)]
        if not cards:
            raise not_found("Nothing was counted for this person there: try another period.")
        card = max(cards, key=lambda card: card.score.answers)
        explanation = await _explanation(connection, card)
        if not card.sufficient:
            explanation.withheld = withheld(card)
            return explanation
        toward = await unit_card(
            connection, caller.tenant, card.key.subject.unit_id, period=period, service=None
        )
    explanation = _with_arithmetic(explanation, card)
    if card.score.index and toward.score.index:
        step = drawn_to_unit(
            card.score.index, toward.score.index, answers=card.score.answers, policy=card.policy
        )
        explanation.arithmetic.append(StepView(**asdict(step)))
    return explanation


async def _explanation(connection: Connection, card: Card) -> Explanation:
    subject, period = card.key.subject, card.key.period
    days = await ledger.days(
        connection,
        subject.tenant_id,
        kind=subject.kind,
        subject=subject.id,
        unit=subject.unit_id,
        service=card.key.service_id,
        months=(period.starts, period.ends),
    )
    return Explanation(
        subject_kind=subject.kind,
        subject_id=subject.id,
        unit_id=subject.unit_id,
        service_id=card.key.service_id,
        period=period.name,
        version=card.version,
        computed_at=card.computed_at,
        stale=await is_stale(connection, card),
        rule=RuleView(name=RULE, version=card.rule_version, source=SOURCE),
        policy=PolicyExplained(
            document=scorecards.policy_document(card.policy), reason=why_policy(card.policy)
        ),
        evidence=[Day(**day) for day in days],
        last_change=LastChange(what=card.changed_by, at=card.changed_at),
    )


def _with_arithmetic(explanation: Explanation, card: Card) -> Explanation:
    score = card.score
    explanation.inputs = Inputs(
        answers=score.answers,
        incomplete=score.incomplete,
        elements=[
            ElementInput(element=element, marks=counts.each, answers=counts.n, total=counts.total)
            for element, counts in score.counts.items()
            if counts.n
        ],
        without_answers=[element for element, counts in score.counts.items() if not counts.n],
        switched_off=[e for e in ELEMENTS if score.answers and e not in score.counts],
    )
    if score.index:
        steps = arithmetic(score.counts, score.index)
        explanation.arithmetic = [StepView(**asdict(step)) for step in steps]
    return explanation

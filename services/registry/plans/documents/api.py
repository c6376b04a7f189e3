"""The document of a plan as it is sent, and what of it only the database can judge."""

from collections.abc import Iterable
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from services.registry.fields import Amount, Body
from services.registry.goals import store as goals
from services.registry.indicators import store as indicators
from services.registry.indicators.rules import Refusal
from services.registry.plans import store
from services.registry.plans.documents import store as documents
from services.registry.plans.documents.rules import (
    MOST_RESULTS,
    MOST_TARGETS,
    Document,
    Known,
    Result,
    Target,
    document_refusals,
    reference_refusals,
)
from services.registry.plans.rules import Plan
from shared.contracts import Aspect, BehaviourValue, Better, MeasureUnit
from shared.db import Connection, uuid7
from shared.http.problems import invalid_request
from shared.http.words import FieldProblem


def _readable(text: str) -> str:
    if not text.replace("\n", "").replace("\t", "").isprintable():
        raise ValueError("must not hold invisible characters")
    return text


def _one_line(text: str) -> str:
    if "\n" in text or "\t" in text:
        raise ValueError("must be one line")
    return _readable(text)


Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(_one_line),
]
Lines = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=2000), AfterValidator(_readable)
]
"""Text of several lines, or none."""


class TargetBody(Body):
    """A personal target: inside `target_low` to `target_high`, ends included, is as expected.

    Without `id` it is new. `indicator_id` where an indicator of the tenant gives its figures.
    """

    id: UUID = Field(default_factory=uuid7)
    aspect: Aspect
    title: Title
    measure_unit: MeasureUnit
    better: Better
    target_low: Amount
    target_high: Amount
    indicator_id: UUID | None = None


class ResultBody(Body):
    """A result that is expected; without `id` it is new. It may serve a result of the leader or a
    goal of the region."""

    id: UUID = Field(default_factory=uuid7)
    main: bool
    title: Title
    serves_result_id: UUID | None = None
    serves_goal_id: UUID | None = None
    indicators: Annotated[tuple[TargetBody, ...], Field(max_length=MOST_TARGETS)] = ()


class DocumentBody(Body):
    """The whole document: it replaces the one before entirely. A draft may be incomplete."""

    results: Annotated[tuple[ResultBody, ...], Field(max_length=MOST_RESULTS)] = ()
    expectations: dict[BehaviourValue, Lines] = Field(default_factory=dict)
    support: Lines = ""
    evidence: Lines = ""
    consequences: Lines = ""

    def document(self) -> Document:
        """Raises the Problem that names every field which contradicts another."""
        document = Document(
            tuple(_result(result) for result in self.results),
            {
                value.value: self.expectations[value]
                for value in BehaviourValue
                if self.expectations.get(value)
            },
            self.support,
            self.evidence,
            self.consequences,
        )
        _refuse(document_refusals(document))
        return document


async def check_references(connection: Connection, tenant_id: UUID, plan: Plan) -> None:
    """Raise the Problem that names everything in the newest revision that refers to nothing, or to
    what does not fit."""
    _refuse(await wrong_references(connection, tenant_id, plan))


async def wrong_references(connection: Connection, tenant_id: UUID, plan: Plan) -> list[Refusal]:
    """What in the newest revision refers to nothing, or to what does not fit. What is referred to
    cannot be deleted before the transaction ends."""
    document, leader_id = plan.newest.document, plan.newest.leader_id
    targets = [target for result in document.results for target in result.indicators]
    measured = {target.indicator_id for target in targets if target.indicator_id}
    reached = {result.serves_goal_id for result in document.results if result.serves_goal_id}
    known = Known(
        indicators=await indicators.hold(connection, tenant_id, measured),
        goals=await goals.hold(connection, tenant_id, reached),
        leader_results=await documents.ever_results_of(
            connection, tenant_id, leader_id, plan.period_id
        ),
        taken=await store.claim_parts(connection, tenant_id, [plan]),
    )
    return list(reference_refusals(document, known))


def _refuse(refusals: Iterable[Refusal]) -> None:
    if found := [FieldProblem(*refusal) for refusal in refusals]:
        raise invalid_request(found)


def _result(body: ResultBody) -> Result:
    targets = tuple(Target(**_fields(target)) for target in body.indicators)
    return Result(**{**_fields(body), "indicators": targets})


def _fields(body: Body) -> dict[str, Any]:
    return {name: getattr(body, name) for name in type(body).model_fields}

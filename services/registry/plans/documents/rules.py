"""What a plan says: results, their indicators with personal targets, expectations of behaviour."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final
from uuid import UUID

from services.registry.indicators.rules import Indicator, Refusal, target_refusals

MOST_RESULTS: Final = 30
MOST_TARGETS: Final = 10
"""Of one result."""
MOST_TARGETS_IN_ALL: Final = 60


@dataclass(frozen=True, slots=True)
class Target:
    """A personal target; `indicator_id` where its figures come from an indicator of the tenant."""

    id: UUID
    aspect: str
    title: str
    measure_unit: str
    better: str
    target_low: Decimal
    target_high: Decimal
    indicator_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A result that is expected, main or additional. It may serve one result of the leader or one
    goal of the region."""

    id: UUID
    main: bool
    title: str
    serves_result_id: UUID | None = None
    serves_goal_id: UUID | None = None
    indicators: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """`expectations` by the BerAKHLAK values; the other texts may be empty."""

    results: tuple[Result, ...] = ()
    expectations: dict[str, str] = field(default_factory=dict)
    support: str = ""
    evidence: str = ""
    consequences: str = ""

    def part_ids(self) -> list[UUID]:
        """The ids of its results and their indicators."""
        return [
            each
            for result in self.results
            for each in (result.id, *(target.id for target in result.indicators))
        ]


def document_refusals(document: Document) -> Iterator[Refusal]:
    """What contradicts itself in a document, by the fields of a request."""
    times = Counter(document.part_ids())
    if sum(len(result.indicators) for result in document.results) > MOST_TARGETS_IN_ALL:
        yield Refusal(
            "results", f"hold more than {MOST_TARGETS_IN_ALL} indicators in all: keep fewer"
        )
    for at, result in enumerate(document.results):
        place = f"results[{at}]"
        if times[result.id] > 1:
            yield _twice(place)
        if result.serves_result_id and result.serves_goal_id:
            yield Refusal(
                f"{place}.serves_goal_id", "must be left out where serves_result_id is given"
            )
        for number, target in enumerate(result.indicators):
            inner = f"{place}.indicators[{number}]"
            if times[target.id] > 1:
                yield _twice(inner)
            for refusal in target_refusals(
                target.measure_unit, target.target_low, target.target_high
            ):
                yield Refusal(f"{inner}.{refusal.field}", refusal.problem)


def _twice(place: str) -> Refusal:
    return Refusal(f"{place}.id", "stands twice: leave it out where something is new")


@dataclass(frozen=True, slots=True)
class Known:
    """What a document may refer to, and `taken`: ids of its parts that belong to another plan."""

    indicators: Mapping[UUID, Indicator]
    goals: Collection[UUID]
    leader_results: Collection[UUID]
    taken: Collection[UUID]


def reference_refusals(document: Document, known: Known) -> Iterator[Refusal]:
    """What refers to nothing, or to what does not fit, by the fields of a request."""
    for at, result in enumerate(document.results):
        place = f"results[{at}]"
        if result.id in known.taken:
            yield _taken(place)
        if result.serves_goal_id and result.serves_goal_id not in known.goals:
            yield Refusal(f"{place}.serves_goal_id", "is not a goal of this tenant: see /v1/goals")
        if result.serves_result_id and result.serves_result_id not in known.leader_results:
            yield Refusal(
                f"{place}.serves_result_id",
                "is no result of the leader's plan for this period: choose one of leader_results",
            )
        for number, target in enumerate(result.indicators):
            inner = f"{place}.indicators[{number}]"
            if target.id in known.taken:
                yield _taken(inner)
            if target.indicator_id and (
                problem := _misfit(target, known.indicators.get(target.indicator_id))
            ):
                yield Refusal(f"{inner}.indicator_id", problem)


def _misfit(target: Target, indicator: Indicator | None) -> str | None:
    if indicator is None:
        return "is not an indicator of this tenant: leave it out where figures are reported"
    if indicator.measure_unit != target.measure_unit:
        return f"is measured in {indicator.measure_unit}: use this unit"
    if indicator.better != target.better:
        return f"has another direction: {indicator.better} is better"
    return None


def _taken(place: str) -> Refusal:
    return Refusal(f"{place}.id", "belongs to another plan: leave it out where something is new")

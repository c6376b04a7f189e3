"""The document of a report: what is shown as a draft, and frozen when it is published.

Whatever is added here must have a default: frozen documents are read as they were written.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.scoring.reports import store
from services.scoring.reports.rules import DECIMALS_OF_MEANS, highest, lines, lowest, share
from services.scoring.reports.sources import Names
from services.scoring.satisfaction.rules import required_sample, round_half_up
from services.scoring.scorecards.rules import Card
from services.scoring.scorecards.views import (
    IndexView,
    PolicyView,
    TrendPoint,
    element_views,
    index_view,
    policy_view,
)
from shared.contracts import Element

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Quarter = Annotated[str, StringConstraints(pattern=r"^[12][0-9]{3}-Q[1-4]$")]
Population = Annotated[int, Field(ge=1, le=1_000_000_000)]


class Named(BaseModel):
    id: UUID
    name: str


class ElementLine(BaseModel):
    """`mean` (NRR) and `weighted` (mean x weight) have three decimals, `index` (mean x 25) two:
    each rounded half up, once, from `exact`."""

    element: str
    status: Literal["active", "no_answers", "switched_off"]
    answers: int = 0
    total: int = 0
    exact: str | None = None
    mean: Decimal | None = None
    weighted: Decimal | None = None
    index: Decimal | None = None
    grade: str | None = None


class Part(BaseModel):
    """Respondents who stated the same; `share` in percent of all."""

    value: str
    name: str | None = None
    answers: int
    share: Decimal


class Described(BaseModel):
    """Who answered. `withheld` says why the tables are empty: `few_answers`, `few_changes` or
    `few_elsewhere` (another published report, less this one, would describe single people)."""

    withheld: Literal["few_answers", "few_changes", "few_elsewhere"] | None = None
    sex: list[Part] = []
    age_band: list[Part] = []
    education: list[Part] = []
    occupation: list[Part] = []
    service: list[Part] = []
    channel: list[Part] = []


class PlanEntry(BaseModel):
    """What will be done about an element, when, and by which post."""

    model_config = ConfigDict(extra="forbid")

    id: UUID | None = None
    element: Element
    measure: Words
    quarter: Quarter
    responsible: Line


class Outcome(BaseModel):
    """What became of an entry of the plan that was published before."""

    model_config = ConfigDict(extra="forbid")

    entry: UUID
    status: Literal["done", "under_way", "not_started", "dropped"]
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""


class EntryWithOutcome(PlanEntry):
    """`status` None: nobody has said yet what became of it."""

    status: Literal["done", "under_way", "not_started", "dropped"] | None = None
    note: str = ""


class Previous(BaseModel):
    """The plan of the report before, with what became of it."""

    report_id: UUID
    period: str
    revision: int
    entries: list[EntryWithOutcome]

    @classmethod
    def of(cls, row: Any, outcomes: Mapping[str, Any]) -> Self:
        """``row`` is that report; ``outcomes`` by id of the entry."""
        plan = ReportDocument.model_validate_json(row["document"]).plan
        entries = [
            EntryWithOutcome(
                **entry.model_dump(),
                status=outcomes.get(str(entry.id), {}).get("status"),
                note=outcomes.get(str(entry.id), {}).get("note", ""),
            )
            for entry in plan
        ]
        return cls(
            report_id=row["id"], period=row["period"], revision=row["revision"], entries=entries
        )


class ReportDocument(IndexView):
    """One sheet about a unit, a period, and one service or all.

    `sum_of_means` and `sum_of_weighted` are rounded from the exact sums, not added from rounded
    lines. `population` is N, `required` what the regulation wants of it.
    """

    tenant: Named
    unit: Named
    path: list[str]
    service: Named | None
    period: str
    period_starts: date
    period_ends: date
    card_version: int
    computed_at: datetime | None
    rule: str
    policy: PolicyView
    answers: int
    incomplete: int
    provisional: bool
    population: int | None
    required: int | None
    sufficient: bool | None
    weight: str | None
    sum_of_means: Decimal | None
    sum_of_weighted: Decimal | None
    elements: list[ElementLine]
    lowest: list[str]
    highest: list[str]
    trend: list[TrendPoint]
    respondents: Described
    plan: list[PlanEntry]
    previous: Previous | None


class Published(BaseModel):
    """A revision. `changed_answers`: how many answers would alter it now; `outdated`: the unit's
    card says something else by now, for whatever reason."""

    id: UUID
    unit_id: UUID
    service_id: UUID | None
    period: str
    revision: int
    published_at: datetime
    published_by: str
    changed_answers: int
    outdated: bool


class PublishedReport(Published):
    document: dict[str, Any]


class Draft(BaseModel):
    """The report as it would be published now, and the revision that is out."""

    document: ReportDocument
    plan_version: int
    published: Published | None


def document_of(
    card: Card,
    place: store.Place,
    *,
    names: Names,
    described: Described,
    plan: store.Plan,
    population: int | None,
    previous: Previous | None,
    trend: list[TrendPoint],
) -> ReportDocument:
    """Everything of the sheet; exact until here, rounded once."""
    score, index = card.score, card.score.index
    required = required_sample(population) if population else None
    active = lines(score.counts, index) if index else []
    means = sum((line.exact for line in active), Fraction())
    by_element = {line.element: line for line in active}
    elements = []
    for view in element_views(card):
        line = by_element.get(view.element)
        shown = ElementLine(element=view.element, status=view.status)
        if line:
            shown = ElementLine(
                element=line.element, status="active", answers=line.answers, total=line.total,
                exact=str(line.exact), mean=line.mean, weighted=line.weighted, index=line.index,
                grade=line.grade,
            )  # fmt: skip
        elements.append(shown)
    service = str(place.service) if place.service else None
    return ReportDocument(
        **index_view(card).model_dump(),
        tenant=Named(id=place.tenant, name=names.tenant),
        unit=Named(id=place.unit, name=names.path[-1]),
        path=names.path,
        service=Named(id=service, name=names.services.get(service, service)) if service else None,
        period=place.period.name,
        period_starts=place.period.starts,
        period_ends=place.period.ends,
        card_version=card.version,
        computed_at=card.computed_at,
        rule="PermenPANRB 14/2017",
        policy=policy_view(card.policy),
        answers=score.answers,
        incomplete=score.incomplete,
        provisional=not card.sufficient,
        population=population,
        required=required,
        sufficient=score.answers >= required if required else None,
        weight=str(index.weight) if index else None,
        sum_of_means=round_half_up(means, DECIMALS_OF_MEANS) if means else None,
        sum_of_weighted=round_half_up(index.exact / 25, DECIMALS_OF_MEANS) if index else None,
        elements=elements,
        lowest=lowest(active),
        highest=highest(active),
        trend=trend,
        respondents=described,
        plan=[PlanEntry.model_validate(entry) for entry in plan.entries],
        previous=previous,
    )


def described_of(said: Mapping[str, Any], names: Names, *, withheld: Any) -> Described:
    """Feedback's counts with shares and names."""
    if withheld:
        return Described(withheld=withheld)
    parts = {
        dimension: [
            Part(
                value=group["values"][0],
                name=names.services.get(group["values"][0]) if dimension == "service" else None,
                answers=group["answers"],
                share=share(group["answers"], said["answers"]),
            )
            for group in said[dimension]
        ]
        for dimension in Described.model_fields
        if dimension != "withheld"
    }
    return Described(**parts)


def published_view(report: store.Report, *, card_version: int) -> Published:
    return Published(
        id=report.id,
        unit_id=report.unit_id,
        service_id=report.service_id if report.service_id.int else None,
        period=report.period,
        revision=report.revision,
        published_at=report.published_at,
        published_by=report.published_by,
        changed_answers=report.changed,
        outdated=report.card_version != card_version,
    )

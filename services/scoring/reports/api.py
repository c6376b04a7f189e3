"""`/v1/units/{unit}/satisfaction-report`: draft and plan; `...-reports`: what is published."""

import json
from dataclasses import replace
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.scoring.access import Access, Member, SurveyKeeper
from services.scoring.ledger.rules import ALL_SERVICES
from services.scoring.reports import store
from services.scoring.reports.drafting import Drafting, previous_plan
from services.scoring.reports.sources import Names, Sources
from services.scoring.reports.views import (
    Draft,
    Outcome,
    PlanEntry,
    Population,
    Previous,
    Published,
    PublishedReport,
    ReportDocument,
    published_view,
)
from services.scoring.scorecards import store as scorecards
from services.scoring.scorecards.api import InPeriod, parse_period
from services.scoring.scorecards.lookup import check_place
from shared.db import Connection, uuid7
from shared.http.auth import Principal
from shared.http.paging import Page, Paging
from shared.http.problems import conflict, invalid_request, not_found
from shared.http.versions import Expected, check_version, show_version
from shared.http.words import FieldProblem

router = APIRouter(prefix="/v1/units/{unit}", tags=["reports"])


def _sources(request: Request) -> Sources:
    sources: Sources = request.app.state.sources
    return sources


Asked = Annotated[Sources, Depends(_sources)]


class PlanBody(BaseModel):
    """The follow-up of the next revision, and what became of the plan published before."""

    model_config = ConfigDict(extra="forbid")

    population: Population | None = None
    entries: Annotated[list[PlanEntry], Field(max_length=30)] = []
    outcomes: Annotated[list[Outcome], Field(max_length=30)] = []


class PlanShown(PlanBody):
    """`previous` is the plan of the report before, whose outcomes are asked for."""

    version: int
    previous: Previous | None


class PublishBody(BaseModel):
    """`population` overrides the plan's; so does If-Match with the plan's ETag guard it."""

    model_config = ConfigDict(extra="forbid")

    period: Annotated[str, Field(max_length=7, examples=["2026-Q4"])]
    service_id: UUID | None = None
    population: Population | None = None


@router.get("/satisfaction-report")
async def draft_report(
    unit: UUID,
    *,
    request: Request,
    caller: SurveyKeeper,
    scoring: Access,
    sources: Asked,
    period: InPeriod,
    service: UUID | None = None,
    population: Annotated[int | None, Query(ge=1, le=1_000_000_000)] = None,
) -> Draft:
    """The report as it would be published now. `population` overrides the plan's."""
    place = store.Place(caller.tenant, unit, service, period)
    drafting = Drafting(
        scoring, sources, request.headers["authorization"], place=place, population=population
    )
    return await drafting.settled(drafting.draft)


@router.get("/satisfaction-report/plan")
async def show_plan(
    unit: UUID,
    *,
    caller: SurveyKeeper,
    scoring: Access,
    response: Response,
    period: InPeriod,
    service: UUID | None = None,
) -> PlanShown:
    place = store.Place(caller.tenant, unit, service, period)
    async with scoring.transaction(caller.tenant) as connection:
        await check_place(connection, caller.tenant, unit=unit, service=service)
        return await _plan_shown(connection, place, response)


@router.put("/satisfaction-report/plan")
async def write_plan(
    unit: UUID,
    body: PlanBody,
    *,
    caller: SurveyKeeper,
    scoring: Access,
    response: Response,
    expected: Expected,
    period: InPeriod,
    service: UUID | None = None,
) -> PlanShown:
    """Entries keep the ids they are sent with; new ones get one."""
    place = store.Place(caller.tenant, unit, service, period)
    async with scoring.transaction(caller.tenant) as connection:
        await check_place(connection, caller.tenant, unit=unit, service=service)
        plan = await store.plan_of(connection, place, lock=True)
        check_version(plan.version, expected)
        await _check_outcomes(connection, place, body)
        entries = [e if e.id else e.model_copy(update={"id": uuid7()}) for e in body.entries]
        new = store.Plan(
            plan.version + 1,
            body.population,
            tuple(entry.model_dump(mode="json") for entry in entries),
            tuple(outcome.model_dump(mode="json") for outcome in body.outcomes),
        )
        if replace(new, version=plan.version) != plan:
            await store.write_plan(connection, place, new, by=_who(caller))
        return await _plan_shown(connection, place, response)


@router.post("/satisfaction-reports", status_code=201)
async def publish_report(
    unit: UUID,
    body: PublishBody,
    *,
    request: Request,
    caller: SurveyKeeper,
    scoring: Access,
    sources: Asked,
    expected: Expected,
) -> PublishedReport:
    """Freeze the report as the next revision. If-Match may hold the plan's ETag. Sending it again
    while nothing has changed is refused, so a retry never makes a revision of its own."""
    place = store.Place(caller.tenant, unit, body.service_id, parse_period(body.period, "period"))
    drafting = Drafting(
        scoring, sources, request.headers["authorization"], place=place, population=body.population
    )

    async def publish(names: Names, said: dict[str, Any]) -> PublishedReport:
        async with scoring.transaction(caller.tenant) as connection:
            await store.keep_counting_out(connection)
            plan = await store.plan_of(connection, place, lock=True)
            check_version(plan.version, expected)
            card, document = await drafting.compose(connection, plan, names=names, said=said)
            if not card.score.answers:
                raise conflict("nothing-to-publish", "Nobody answered then: choose another period.")
            last = await store.latest(connection, place)
            if last and ReportDocument.model_validate_json(last["document"]) == document:
                raise conflict(
                    "nothing-changed",
                    f"Revision {last['revision']} says exactly this: nothing was stored.",
                )
            frozen = document.model_dump_json()
            report = await store.insert(
                connection,
                place,
                id=uuid7(),
                revision=(last["revision"] if last else 0) + 1,
                by=_who(caller),
                card_version=card.version,
                described=document.respondents.withheld is None,
                document=frozen,
            )
        published = published_view(report, card_version=card.version)
        return PublishedReport(**published.model_dump(), document=json.loads(frozen))

    return await drafting.settled(publish)


@router.get("/satisfaction-reports")
async def list_reports(
    unit: UUID,
    *,
    caller: Member,
    scoring: Access,
    paging: Paging,
    period: Annotated[str | None, Query(max_length=7)] = None,
) -> Page[Published]:
    """Published revisions, of all services, latest period and newest first."""
    if period is not None:
        parse_period(period, "period")
    after = paging.after(date, UUID)
    async with scoring.transaction(caller.tenant) as connection:
        await check_place(connection, caller.tenant, unit=unit, service=None)
        reports = await store.page(
            connection,
            caller.tenant,
            unit,
            period=period,
            after=(after[0], after[1]) if after else None,
            limit=paging.fetch,
        )
        versions = {
            report.id: await _card_version(connection, caller, report) for report in reports
        }
    page = paging.page(reports, key=lambda report: (report.period_starts, report.id))
    return Page(
        items=[published_view(report, card_version=versions[report.id]) for report in page.items],
        next_cursor=page.next_cursor,
    )


@router.get("/satisfaction-reports/{report}")
async def read_report(unit: UUID, report: UUID, caller: Member, scoring: Access) -> PublishedReport:
    """One revision as it was frozen, and how many answers would alter it now."""
    async with scoring.transaction(caller.tenant) as connection:
        row = await store.find(connection, caller.tenant, unit, id=report)
        if row is None:
            raise not_found("This unit has no published report with this id: list them.")
        found = store.report_of(row)
        version = await _card_version(connection, caller, found)
    published = published_view(found, card_version=version)
    return PublishedReport(**published.model_dump(), document=json.loads(row["document"]))


async def _plan_shown(connection: Connection, place: store.Place, response: Response) -> PlanShown:
    plan = await store.plan_of(connection, place)
    show_version(response, plan.version)
    return PlanShown(
        version=plan.version,
        population=plan.population,
        entries=[PlanEntry.model_validate(entry) for entry in plan.entries],
        outcomes=[Outcome.model_validate(outcome) for outcome in plan.outcomes],
        previous=await previous_plan(connection, place, plan),
    )


async def _check_outcomes(connection: Connection, place: store.Place, body: PlanBody) -> None:
    previous = await previous_plan(connection, place, store.Plan())
    known = {entry.id for entry in previous.entries} if previous else set()
    wrong = [
        FieldProblem(f"outcomes[{at}].entry", "is not an entry of the plan published before")
        for at, outcome in enumerate(body.outcomes)
        if outcome.entry not in known
    ]
    if wrong:
        raise invalid_request(wrong)


def _who(caller: Principal) -> str:
    return str(caller.person_id or caller.subject)


async def _card_version(connection: Connection, caller: Principal, report: store.Report) -> int:
    cards = await scorecards.of_subject(
        connection,
        caller.tenant,
        kind="unit",
        subject=report.unit_id,
        period=parse_period(report.period, "period"),
        service=None if report.service_id == ALL_SERVICES else report.service_id,
    )
    return cards[0].version if cards else 0

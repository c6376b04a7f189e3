"""`/v1/plans`: what a person and the leader agree on for a period (SKP)."""

from datetime import date
from functools import partial
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.registry.access import Access, Member, keeps, refused
from services.registry.fields import Body
from services.registry.people import store as people
from services.registry.people.api import check_may_see, unknown_person
from services.registry.people.rules import RATED_KINDS
from services.registry.periods import store as periods
from services.registry.periods.api import unknown_period
from services.registry.plans import store
from services.registry.plans.answers import (
    PlanAnswer,
    check_inside,
    check_may_read,
    check_open,
    forbidden,
    nobody_assesses,
    show,
    unknown_plan,
)
from services.registry.plans.dialogue import router as dialogue
from services.registry.plans.documents import store as documents
from services.registry.plans.documents.rules import Document
from services.registry.plans.documents.store import ResultTitle
from services.registry.plans.rules import MOST_REVISIONS, Plan, Revision
from services.registry.plans.store import Summary
from services.registry.reporting_lines import store as reporting_lines
from services.registry.tenants.store import today
from shared.db import Connection, uuid7
from shared.http.paging import Page, Paging
from shared.http.problems import conflict, not_found
from shared.http.versions import show_version

router = APIRouter(tags=["plans"])
router.include_router(dialogue)

PLAN_LIMIT: Final = 256 * 1024
"""Bytes; the longest document that the fields allow is smaller."""

_REFUSALS = {
    "uq_plans_tenant_id_person_id_period_id": partial(
        conflict,
        "plan-exists",
        "Nothing was stored: the person has a plan for this period. Edit or amend that one.",
    ),
    # Deleted by others since they were looked up here.
    "fk_plans_tenant_id_period_id_periods": unknown_period,
    "fk_plans_tenant_id_person_id_people": unknown_person,
    "fk_plan_revisions_tenant_id_leader_id_people": unknown_person,
}


class NewPlan(Body):
    """`valid_from` is for somebody who comes during the period; without it the plan holds from its
    first day."""

    person_id: UUID
    period_id: UUID
    valid_from: date | None = None


@router.post("/v1/plans", status_code=201)
async def create_plan(
    new: NewPlan, caller: Member, registry: Access, response: Response
) -> PlanAnswer:
    """An empty draft: by the person, by who assesses the person, or by a keeper."""

    async def work(connection: Connection) -> PlanAnswer:
        period = await periods.find(connection, caller.tenant, new.period_id)
        if period is None:
            raise refused("period_id", "is not a period of this tenant: see /v1/periods")
        first = new.valid_from or period.starts_on
        leader_id = await reporting_lines.assessor_of(
            connection, caller.tenant, new.person_id, first
        )
        if not keeps(caller) and caller.person_id not in {new.person_id, leader_id} - {None}:
            raise forbidden()
        await _check_rated(connection, caller.tenant, new.person_id)
        check_open(period)
        check_inside(period, first)
        if leader_id is None:
            raise nobody_assesses(first)
        revision = Revision(1, first, leader_id, Document())
        plan = Plan(uuid7(), new.person_id, new.period_id, (revision,))
        await store.insert(connection, caller.tenant, [plan])
        return await show(connection, caller.tenant, plan, plan.newest)

    answer = await registry.write(caller, work, refusals=_REFUSALS)
    show_version(response, answer.version)
    return answer


@router.get("/v1/plans")
async def list_plans(
    *,
    caller: Member,
    registry: Access,
    paging: Paging,
    period_id: UUID | None = None,
    person_id: UUID | None = None,
    leader_id: UUID | None = None,
) -> Page[Summary]:
    """Keepers see all; others their own and those of the people they lead."""
    (after,) = paging.after(UUID) or (None,)
    async with registry.transaction(caller.tenant) as connection:
        reader_id = None if keeps(caller) else caller.person_id or UUID(int=0)
        team = []
        if reader_id is not None:
            day = await today(connection, caller.tenant)
            team = await reporting_lines.team(connection, caller.tenant, reader_id, day)
        plans = await store.page(
            connection,
            caller.tenant,
            after=after,
            limit=paging.fetch,
            period_id=period_id,
            person_id=person_id,
            leader_id=leader_id,
            reader_id=reader_id,
            team=[member.person_id for member in team],
        )
    return paging.page(plans, key=lambda plan: (plan.id,))


@router.get("/v1/plans/{plan_id}")
async def show_plan(
    plan_id: UUID,
    *,
    caller: Member,
    registry: Access,
    response: Response,
    revision: Annotated[int | None, Query(ge=1, le=MOST_REVISIONS)] = None,
    on: Annotated[date | None, Query(description="What was agreed for this day")] = None,
) -> PlanAnswer:
    """The newest revision, a numbered one, or the one in force on a day."""
    async with registry.transaction(caller.tenant) as connection:
        plan = await store.find(connection, caller.tenant, plan_id)
        if plan is None:
            raise unknown_plan()
        await check_may_read(connection, caller, plan)
        shown: Revision | None = plan.newest
        if on is not None:
            shown = plan.on(on)
        elif revision is not None:
            shown = next((r for r in plan.revisions if r.revision == revision), None)
        if shown is None:
            raise not_found("Nothing like this was agreed: see the revisions of the plan.")
        answer = await show(connection, caller.tenant, plan, shown)
    show_version(response, plan.version)
    return answer


@router.get("/v1/people/{person_id}/unserved-results")
async def list_unserved(
    person_id: UUID, caller: Member, registry: Access, period_id: UUID
) -> list[ResultTitle]:
    """The results of a leader that no plan of the team serves, neither as agreed nor as a draft."""
    check_may_see(caller, person_id)
    async with registry.transaction(caller.tenant) as connection:
        if await people.find(connection, caller.tenant, person_id) is None:
            raise unknown_person()
        if await periods.find(connection, caller.tenant, period_id) is None:
            raise unknown_period()
        own = await documents.results_of(connection, caller.tenant, person_id, period_id)
        served = await documents.served(connection, caller.tenant, person_id, period_id)
    return [result for result in own if result.id not in served]


async def _check_rated(connection: Connection, tenant_id: UUID, person_id: UUID) -> None:
    person = await people.find(connection, tenant_id, person_id)
    if person is None:
        raise refused("person_id", "is not a person of this tenant: see /v1/people")
    if person.kind not in RATED_KINDS:
        raise conflict(
            "not-rated",
            "Nothing was stored: only civil servants and PPPK are rated and have a plan. Correct "
            "the kind of the person if it is wrong.",
        )

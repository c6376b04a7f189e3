"""What the routes of plans have in common: how a plan is shown, to whom, and when it may change."""

from datetime import date, datetime
from functools import partial
from uuid import UUID

from pydantic import BaseModel

from services.registry.access import keeps, refused
from services.registry.people import store as people
from services.registry.periods.rules import CLOSED, Period
from services.registry.plans.documents import store as documents
from services.registry.plans.documents.rules import Document
from services.registry.plans.documents.store import ResultTitle
from services.registry.plans.rules import AGREED, Plan, Revision
from services.registry.reporting_lines import store as reporting_lines
from services.registry.tenants.store import today
from shared.db import Connection
from shared.http.auth import Principal
from shared.http.problems import Problem, conflict, not_found


class Named(BaseModel):
    id: UUID
    name: str


class RevisionAnswer(BaseModel):
    """One revision without its words. `agreed_at` is when the second of the two agreed."""

    revision: int
    valid_from: date
    state: str
    leader: Named
    agreed_by_employee_at: datetime | None
    agreed_by_leader_at: datetime | None
    agreed_at: datetime | None


class PlanAnswer(BaseModel):
    """`state`, `leader` and `version` are those of the newest revision; `document` is that of the
    `shown` one. `leader_results` is what results may serve beside goals: the newest of the
    leader's plan for the same period."""

    id: UUID
    period_id: UUID
    employee: Named
    leader: Named
    state: str
    version: int
    revisions: list[RevisionAnswer]
    shown: int
    document: Document
    leader_results: list[ResultTitle]


unknown_plan = partial(
    not_found, "This tenant has no plan with this id: list those you may see at /v1/plans."
)


def forbidden() -> Problem:
    """403 for plans of others."""
    return Problem(
        403,
        "forbidden",
        title="Not allowed",
        detail="A plan is for the person, those above the person, and personnel officers: ask one "
        "of them.",
    )


def nobody_assesses(day: date) -> Problem:
    """409 where a plan has no second side."""
    return conflict(
        "no-assessor",
        f"Nothing was stored: nobody assesses this person on {day}. Have a personnel officer add "
        "the reporting line, or choose a later day.",
    )


def check_open(period: Period) -> None:
    """Plans change until the evaluation is closed: one that is late is better than none, and shows
    when both agreed."""
    if period.state == CLOSED:
        raise conflict(
            "period-closed",
            "Nothing was stored: the period is closed. Have it opened again first.",
        )


def check_inside(period: Period, day: date) -> None:
    """422 unless `day` belongs to the period."""
    if not period.starts_on <= day < period.ends_on:
        raise refused(
            "valid_from",
            f"must be a day of the period: {period.starts_on} to before {period.ends_on}",
        )


async def check_may_read(connection: Connection, caller: Principal, plan: Plan) -> None:
    """403 unless the caller keeps people's data, is one of the sides, was one in an earlier
    revision, or stands above the person today or on the day of the newest revision."""
    allowed = {plan.person_id, *(revision.leader_id for revision in plan.revisions)}
    if keeps(caller) or caller.person_id in allowed:
        return
    for day in (await today(connection, caller.tenant), plan.newest.valid_from):
        line = await reporting_lines.of_day(connection, caller.tenant, plan.person_id, day)
        if line is not None and caller.person_id in line.superiors():
            return
    raise forbidden()


async def show(connection: Connection, tenant_id: UUID, plan: Plan, shown: Revision) -> PlanAnswer:
    """The plan with the words of one revision."""
    newest = plan.newest
    named = {plan.person_id, *(revision.leader_id for revision in plan.revisions)}
    names = {
        person_id: Named(id=person_id, name=name)
        for person_id, name in (await people.names(connection, tenant_id, named)).items()
    }
    return PlanAnswer(
        id=plan.id,
        period_id=plan.period_id,
        employee=names[plan.person_id],
        leader=names[newest.leader_id],
        state=newest.state,
        version=plan.version,
        revisions=[_revision(each, names[each.leader_id]) for each in plan.revisions],
        shown=shown.revision,
        document=shown.document,
        leader_results=await documents.results_of(
            connection, tenant_id, newest.leader_id, plan.period_id
        ),
    )


def _revision(revision: Revision, leader: Named) -> RevisionAnswer:
    both = (revision.agreed_by_employee_at, revision.agreed_by_leader_at)
    return RevisionAnswer(
        revision=revision.revision,
        valid_from=revision.valid_from,
        state=revision.state,
        leader=leader,
        agreed_by_employee_at=both[0],
        agreed_by_leader_at=both[1],
        agreed_at=max(filter(None, both)) if revision.state == AGREED else None,
    )

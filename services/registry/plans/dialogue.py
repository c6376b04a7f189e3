"""`/v1/plans/{id}/draft`, `/discuss`, `/agree`, `/amend`: the dialogue of the two sides."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.registry.access import Access, Member, keeps
from services.registry.fields import Body
from services.registry.periods import store as periods
from services.registry.periods.rules import Period
from services.registry.plans import rules, store
from services.registry.plans.answers import (
    PlanAnswer,
    check_inside,
    check_open,
    forbidden,
    nobody_assesses,
    show,
    unknown_plan,
)
from services.registry.plans.documents.api import DocumentBody, check_references, wrong_references
from services.registry.plans.rules import Plan, PlanRefused, Side
from services.registry.reporting_lines import store as reporting_lines
from shared.db import Connection
from shared.http.openapi import problem
from shared.http.problems import Problem, conflict
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(prefix="/v1/plans/{plan_id}", tags=["plans"])


class Amendment(Body):
    """The first day on which the new words will hold."""

    valid_from: date


@dataclass(frozen=True, slots=True)
class Meeting:
    """A plan that is locked, and who speaks: a keeper is on neither side. `leader_id` assesses the
    person on the day that is talked about."""

    connection: Connection
    plan: Plan
    period: Period
    side: Side | None
    leader_id: UUID


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A request to change a plan."""

    plan_id: UUID
    caller: Member
    registry: Access
    response: Response
    expected: Expected

    async def change(
        self, how: Callable[[Meeting], Awaitable[Plan]], *, on: date | None = None
    ) -> PlanAnswer:
        """Store what `how` makes of the plan, for one of its sides or a keeper; `on` is the day
        that is talked about, by default the first one of the newest revision."""
        tenant_id = self.caller.tenant

        async def work(connection: Connection) -> PlanAnswer:
            before = await locked(connection, tenant_id, self.plan_id)
            meeting = await self._meeting(connection, before, on or before.newest.valid_from)
            check_version(before.version, self.expected)
            check_open(meeting.period)
            try:
                plan = await how(meeting)
            except PlanRefused as refusal:
                raise conflict(refusal.slug, str(refusal)) from None
            if plan != before:
                (plan,) = await store.update(connection, tenant_id, [plan])
            return await show(connection, tenant_id, plan, plan.newest)

        answer = await self.registry.write(self.caller, work)
        show_version(self.response, answer.version)
        return answer

    async def _meeting(self, connection: Connection, plan: Plan, day: date) -> Meeting:
        tenant_id, speaker = self.caller.tenant, self.caller.person_id
        leader_id = await reporting_lines.assessor_of(connection, tenant_id, plan.person_id, day)
        sides: dict[UUID | None, Side] = {leader_id: "leader", plan.person_id: "employee"}
        side = sides.get(speaker) if speaker else None
        if side is None and not keeps(self.caller):
            raise forbidden()
        if leader_id is None:
            raise nobody_assesses(day)
        period = await _period(connection, tenant_id, plan)
        return Meeting(connection, rules.led_by(plan, leader_id), period, side, leader_id)


Request = Annotated[Dialogue, Depends()]


@router.put("/draft")
async def edit_draft(body: DocumentBody, request: Request) -> PlanAnswer:
    """By either side, or for them by a keeper. It takes back what anybody agreed to: the plan is a
    draft again."""
    document = body.document()

    async def edit(meeting: Meeting) -> Plan:
        plan = rules.edited(meeting.plan, document)
        if plan is not meeting.plan:
            await check_references(meeting.connection, request.caller.tenant, plan)
        return plan

    return await request.change(edit)


@router.post("/discuss")
async def discuss(request: Request) -> PlanAnswer:
    """By either side or a keeper, once nothing is missing: both may agree from now on."""

    async def end_draft(meeting: Meeting) -> Plan:
        plan = rules.discussed(meeting.plan)
        # The leader's plan, and even the leader, may be others than when this was written.
        for wrong in await wrong_references(meeting.connection, request.caller.tenant, plan):
            raise PlanRefused(
                "plan-not-ready", f"Nothing was stored: {wrong.field} {wrong.problem}."
            )
        return plan

    return await request.change(end_draft)


@router.post("/agree", responses={428: problem("If-Match is missing: see first, then agree")})
async def agree(request: Request) -> PlanAnswer:
    """By each side for itself; with both the revision counts from its day on. The ETag of what was
    seen is needed in If-Match: nobody agrees to words that changed meanwhile."""

    async def sign(meeting: Meeting) -> Plan:
        if meeting.side is None:
            raise forbidden()
        if request.expected is None:
            raise Problem(
                428,
                "if-match-needed",
                title="Say what you agree to",
                detail="Fetch the plan, read it, and send its ETag in If-Match.",
            )
        return rules.agreed(meeting.plan, meeting.side, datetime.now(UTC))

    return await request.change(sign)


@router.post("/amend")
async def amend(amendment: Amendment, request: Request) -> PlanAnswer:
    """By the person, whoever assesses the person on `valid_from`, or a keeper: a new draft with the
    words of the last revision, which goes on to hold until both agree."""

    async def begin(meeting: Meeting) -> Plan:
        check_inside(meeting.period, amendment.valid_from)
        return rules.amended(meeting.plan, amendment.valid_from, meeting.leader_id)

    return await request.change(begin, on=amendment.valid_from)


@router.delete("/draft", status_code=204)
async def withdraw_draft(
    plan_id: UUID, caller: Member, registry: Access, expected: Expected
) -> None:
    """By either side or a keeper: what was agreed before goes on; where nothing was, the plan is
    gone."""

    async def work(connection: Connection) -> None:
        plan = await locked(connection, caller.tenant, plan_id)
        leader_id = await reporting_lines.assessor_of(
            connection, caller.tenant, plan.person_id, plan.newest.valid_from
        )
        # Whoever assessed before is on no side; only where nobody does, nobody else could end it.
        sides = {plan.person_id, leader_id or plan.newest.leader_id}
        if not keeps(caller) and caller.person_id not in sides:
            raise forbidden()
        check_version(plan.version, expected)
        check_open(await _period(connection, caller.tenant, plan))
        try:
            rest = rules.withdrawn(plan)
        except PlanRefused as refusal:
            raise conflict(refusal.slug, str(refusal)) from None
        if rest is None:
            await store.delete(connection, caller.tenant, plan)
        else:
            await store.update(connection, caller.tenant, [rest])

    await registry.write(caller, work)


async def _period(connection: Connection, tenant_id: UUID, plan: Plan) -> Period:
    period = await periods.find(connection, tenant_id, plan.period_id)
    assert period is not None
    return period


async def locked(connection: Connection, tenant_id: UUID, plan_id: UUID) -> Plan:
    """The plan, which nobody else changes meanwhile, or the Problem that there is none."""
    plan = await store.find(connection, tenant_id, plan_id, lock=True)
    if plan is None:
        raise unknown_plan()
    return plan

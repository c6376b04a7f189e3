"""HTTP of officers: read answers, park, restore and withdraw them."""

from datetime import UTC, date, datetime
from typing import Annotated, Final, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, StringConstraints

from services.feedback.answers import store
from services.feedback.answers.events import scores_of
from services.feedback.answers.rules import WithdrawnForGoodError, next_state, place_in_the_mix
from services.feedback.registry_replica.api import unknown_tenant
from services.feedback.registry_replica.store import zone_of
from services.feedback.state import InState, State
from shared.contracts import AnswerChannel, AnswerState, Scores, SurveyAnswered
from shared.http.auth import Principal, Role, require
from shared.http.paging import Page, Paging
from shared.http.problems import Problem, conflict, not_found
from shared.messaging.outbox import enqueue

router = APIRouter(tags=["answers"])

_REVIEWERS: Final = (Role.survey_officer, Role.tenant_administrator)
Reader = Annotated[Principal, Depends(require(*_REVIEWERS, Role.unit_officer))]
Reviewer = Annotated[Principal, Depends(require(*_REVIEWERS))]


class ReviewBody(BaseModel):
    """Why an answer is parked or withdrawn: a word of the tenant's list, never free text."""

    model_config = ConfigDict(extra="forbid")

    reason_code: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{1,39}$")]


class AnswerFilter(BaseModel):
    """Which answers to list; absent means all."""

    unit_id: UUID | None = None
    service_id: UUID | None = None
    state: AnswerState | None = None


class AnswerShown(BaseModel):
    """The newest revision, for survey officers and tenant administrators."""

    fact_id: UUID
    revision: int
    state: AnswerState
    reason_code: str | None
    channel: AnswerChannel
    unit_id: UUID
    service_id: UUID
    officer_id: UUID | None
    occurred_at: datetime
    received_at: datetime
    scores: dict[str, int]
    sentiment: str | None
    comment: str | None

    @classmethod
    def of(cls, answer: store.Answer) -> Self:
        """All of an answer but the respondent's profile."""
        return cls(
            fact_id=answer.fact_id,
            revision=answer.revision,
            state=AnswerState(answer.state),
            reason_code=answer.reason_code,
            channel=AnswerChannel(answer.channel),
            unit_id=answer.unit_id,
            service_id=answer.service_id,
            officer_id=answer.officer_id,
            occurred_at=answer.occurred_at,
            received_at=answer.received_at,
            scores=scores_of(answer.scores).model_dump(exclude_none=True),
            sentiment=answer.sentiment,
            comment=answer.comment,
        )


class AnswerOfDay(BaseModel):
    """An answer for those who may know neither who served nor who came (rules section 8, promise
    G10): no officer, no comment, no id, since ids hold the time, and nothing finer than the day."""

    state: AnswerState
    channel: AnswerChannel
    unit_id: UUID
    service_id: UUID
    day: date
    scores: dict[str, int]
    sentiment: str | None

    @classmethod
    def of(cls, answer: store.Answer, zone: ZoneInfo) -> Self:
        """What is left of an answer; the day is the tenant's."""
        return cls(
            state=AnswerState(answer.state),
            channel=AnswerChannel(answer.channel),
            unit_id=answer.unit_id,
            service_id=answer.service_id,
            day=answer.occurred_at.astimezone(zone).date(),
            scores=scores_of(answer.scores).model_dump(exclude_none=True),
            sentiment=answer.sentiment,
        )


class DecisionShown(BaseModel):
    """Who made a revision after the first, and why."""

    revision: int
    state: AnswerState
    reason_code: str | None
    decided_by: str
    decided_at: datetime


class AnswerWithDecisions(AnswerShown):
    decisions: list[DecisionShown] = []


@router.get("/v1/answers")
async def list_answers(
    caller: Reader,
    state: InState,
    paging: Paging,
    only: Annotated[AnswerFilter, Query()],
) -> Page[AnswerShown] | Page[AnswerOfDay]:
    """Answers of the tenant, without the respondents' profiles.

    Survey officers and tenant administrators get them by id. Unit officers get them without ids,
    officers, comments and times, in an order that says nothing of when they came.
    """
    chosen = store.Filter(only.unit_id, only.service_id, only.state)
    if not caller.has(*_REVIEWERS):
        return await _list_mixed(state, caller.tenant, only=chosen, paging=paging)
    after = paging.after(UUID)
    async with state.database.transaction(caller.tenant) as connection:
        answers = await store.page(
            connection,
            caller.tenant,
            only=chosen,
            after=after[0] if after else None,
            limit=paging.fetch,
        )
    shown = [AnswerShown.of(answer) for answer in answers]
    return paging.page(shown, key=lambda answer: (answer.fact_id,))


async def _list_mixed(
    state: State, tenant: UUID, *, only: store.Filter, paging: Paging
) -> Page[AnswerOfDay]:
    after = paging.after(bytes)
    async with state.database.transaction(tenant) as connection:
        zone = await zone_of(connection, tenant)
        if zone is None:
            raise unknown_tenant()
        answers = await store.mixed_page(
            connection,
            tenant,
            only=only,
            after=after[0] if after else None,
            limit=paging.fetch,
        )
    page = paging.page(answers, key=lambda answer: (place_in_the_mix(answer.fact_id),))
    place = ZoneInfo(zone)
    return Page(
        items=[AnswerOfDay.of(answer, place) for answer in page.items],
        next_cursor=page.next_cursor,
    )


@router.get("/v1/answers/{fact_id}")
async def read_answer(fact_id: UUID, caller: Reviewer, state: InState) -> AnswerWithDecisions:
    """One answer and every decision on it."""
    async with state.database.transaction(caller.tenant) as connection:
        answer = await store.find(connection, caller.tenant, fact_id=fact_id)
        decisions = await store.decisions(connection, caller.tenant, fact_id=fact_id)
    if answer is None:
        raise _no_such_answer()
    shown = AnswerWithDecisions.of(answer)
    shown.decisions = [
        DecisionShown.model_validate(decision, from_attributes=True) for decision in decisions
    ]
    return shown


@router.post("/v1/answers/{fact_id}/park")
async def park_answer(
    fact_id: UUID, body: ReviewBody, caller: Reviewer, state: InState
) -> AnswerShown:
    """Take an answer out of the count until it is restored or withdrawn. Safe to repeat."""
    return await _decide(
        state, caller, fact_id=fact_id, wanted=AnswerState.PARKED, reason_code=body.reason_code
    )


@router.post("/v1/answers/{fact_id}/restore")
async def restore_answer(fact_id: UUID, caller: Reviewer, state: InState) -> AnswerShown:
    """Count a parked answer again. Safe to repeat."""
    return await _decide(
        state, caller, fact_id=fact_id, wanted=AnswerState.ACCEPTED, reason_code=None
    )


@router.post("/v1/answers/{fact_id}/withdraw")
async def withdraw_answer(
    fact_id: UUID, body: ReviewBody, caller: Reviewer, state: InState
) -> AnswerShown:
    """Take an answer out of the count for good. Safe to repeat."""
    return await _decide(
        state, caller, fact_id=fact_id, wanted=AnswerState.WITHDRAWN, reason_code=body.reason_code
    )


async def _decide(
    state: State,
    caller: Principal,
    *,
    fact_id: UUID,
    wanted: AnswerState,
    reason_code: str | None,
) -> AnswerShown:
    async with state.database.transaction(caller.tenant) as connection:
        answer = await store.lock(connection, caller.tenant, fact_id=fact_id)
        if answer is None:
            raise _no_such_answer()
        try:
            follows = next_state(answer.state, wanted)
        except WithdrawnForGoodError:
            raise _withdrawn() from None
        if follows is None:
            return AnswerShown.of(answer)
        decision = store.Decision(
            revision=answer.revision + 1,
            state=follows,
            reason_code=reason_code,
            decided_by=str(caller.person_id or caller.subject),
            decided_at=datetime.now(UTC),
        )
        answer = await store.revise(connection, caller.tenant, fact_id=fact_id, decision=decision)
        await enqueue(connection, [_event(answer, caller.tenant)])
    state.bell.ring()
    return AnswerShown.of(answer)


def _event(answer: store.Answer, tenant: UUID) -> SurveyAnswered:
    scores: Scores = scores_of(answer.scores)
    return SurveyAnswered(
        tenant_id=tenant,
        fact_id=answer.fact_id,
        revision=answer.revision,
        counted=answer.state == AnswerState.ACCEPTED,
        state=AnswerState(answer.state),
        channel=AnswerChannel(answer.channel),
        unit_id=answer.unit_id,
        service_id=answer.service_id,
        officer_id=answer.officer_id,
        occurred_at=answer.occurred_at,
        received_at=answer.received_at,
        scores=scores,
    )


def _no_such_answer() -> Problem:
    return not_found("There is no such answer: GET /v1/answers lists them.")


def _withdrawn() -> Problem:
    return conflict(
        "answer-withdrawn", "The answer was withdrawn for good: nothing can be changed about it."
    )

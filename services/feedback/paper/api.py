"""HTTP of answers taken on paper."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.feedback.answers import store as answers
from services.feedback.answers.documents import Comment, Profile
from services.feedback.answers.events import NewAnswer, marks_of
from services.feedback.answers.rules import FutureDayError, claim_of_line, noon_of
from services.feedback.idempotency.rules import digest_of
from services.feedback.paper.rules import fact_id_of
from services.feedback.registry_replica.api import check_known, unknown_tenant
from services.feedback.registry_replica.store import zone_of
from services.feedback.state import InState
from shared.contracts import AnswerChannel, Scores, ServiceDay, ServiceTime
from shared.http.auth import Principal, Role, require
from shared.http.problems import invalid_request
from shared.http.words import FieldProblem
from shared.observability.metrics import INTAKE_ACCEPTED
from shared.observability.trace import current_traceparent

router = APIRouter(tags=["answers"])

MOST_ROWS = 500
BODY_LIMIT = 4 * 1024 * 1024
"""Bytes: 500 rows with the longest comments, escaped."""

Sender = Annotated[Principal, Depends(require(Role.survey_officer, Role.tenant_administrator))]
BatchName = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]


class PaperRow(BaseModel):
    """One sheet. ``line`` is its place in the batch; without a time or day, now counts."""

    model_config = ConfigDict(extra="forbid")

    line: Annotated[int, Field(ge=1, le=1_000_000)]
    scores: Scores
    answered_at: ServiceTime | None = None
    day: ServiceDay | None = None
    comment: Comment = None
    profile: Profile | None = None

    @model_validator(mode="after")
    def _one_time(self) -> Self:
        if self.answered_at is not None and self.day is not None:
            raise ValueError("send either answered_at or day")
        return self


class PaperBatch(BaseModel):
    """Sheets of one unit and service. A batch may come in several requests."""

    model_config = ConfigDict(extra="forbid")

    unit_id: UUID
    service_id: UUID
    rows: Annotated[list[PaperRow], Field(min_length=1, max_length=MOST_ROWS)]

    @model_validator(mode="after")
    def _each_line_once(self) -> Self:
        lines = [row.line for row in self.rows]
        if len(set(lines)) < len(lines):
            twice = next(line for line in lines if lines.count(line) > 1)
            raise ValueError(f"line {twice} stands twice in this request: number each sheet once")
        return self


class RowResult(StrEnum):
    """``new`` is stored now, ``known`` was stored before; ``conflict``: the line holds another
    content, which stays."""

    NEW = "new"
    KNOWN = "known"
    CONFLICT = "conflict"


class RowOutcome(BaseModel):
    line: int
    fact_id: UUID
    result: RowResult


class BatchOutcome(BaseModel):
    """What became of each row, in the order of the request."""

    rows: list[RowOutcome]


@router.post("/v1/paper-batches/{name}/answers")
async def post_paper_answers(
    name: BatchName, body: PaperBatch, caller: Sender, state: InState
) -> BatchOutcome:
    """Store answers taken on paper. Safe to repeat: batch and line are the identity."""
    tenant = caller.tenant
    async with state.database.transaction(tenant) as connection:
        zone = await zone_of(connection, tenant)
        if zone is None:
            raise unknown_tenant(422)
        await check_known(
            connection,
            tenant,
            unit_id=body.unit_id,
            service_id=body.service_id,
            even_deleted=True,
        )
        new = _new_answers(tenant, name, body=body, zone=zone)
        taken = await answers.insert(connection, new)
        claims = [answer.claim for answer in new if answer.claim and answer.fact_id in taken]
        known = await answers.claimed(connection, [tenant] * len(claims), claims=claims)
    if stored := len(new) - len(taken):
        state.bell.ring()
        INTAKE_ACCEPTED.labels("paper", str(tenant)).inc(stored)
    digests = {claimed.fact_id: claimed.digest for claimed in known.values()}
    return BatchOutcome(
        rows=[
            RowOutcome(
                line=row.line,
                fact_id=answer.fact_id,
                result=RowResult.NEW
                if answer.fact_id not in taken
                else RowResult.KNOWN
                if digests.get(answer.fact_id) == answer.digest
                else RowResult.CONFLICT,
            )
            for row, answer in zip(body.rows, new, strict=True)
        ]
    )


def _new_answers(tenant: UUID, name: str, *, body: PaperBatch, zone: str) -> list[NewAnswer]:
    now = datetime.now(UTC)
    wrong: list[FieldProblem] = []
    new = []
    for place, row in enumerate(body.rows):
        occurred_at = now
        try:
            if row.answered_at is not None:
                occurred_at = row.answered_at
            elif row.day is not None:
                occurred_at = noon_of(row.day, zone, received_at=now)
        except FutureDayError:
            occurred_at = datetime.max.replace(tzinfo=UTC)
        if occurred_at > now:
            field = "answered_at" if row.answered_at is not None else "day"
            wrong.append(FieldProblem(f"rows[{place}].{field}", "must not be in the future"))
        marks = marks_of(row.scores)
        stated = (row.profile or Profile()).model_dump()
        new.append(
            NewAnswer(
                tenant_id=tenant,
                fact_id=fact_id_of(tenant, name, line=row.line),
                channel=AnswerChannel.PAPER.value,
                unit_id=body.unit_id,
                service_id=body.service_id,
                officer_id=None,
                visit_id=None,
                counter_id=None,
                occurred_at=occurred_at,
                received_at=now,
                scores=marks,
                comment=row.comment,
                sentiment=None,
                **stated,
                claim=claim_of_line(name, row.line),
                digest=digest_of(
                    str(body.unit_id),
                    str(body.service_id),
                    marks,
                    row.comment,
                    row.answered_at.isoformat() if row.answered_at else None,
                    row.day,
                    # Sheets of before the profile was taken down keep their digest.
                    *([row.profile.model_dump(mode="json")] if row.profile else []),
                ),
                traceparent=current_traceparent(),
            )
        )
    if wrong:
        raise invalid_request(wrong)
    return new

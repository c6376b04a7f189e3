"""HTTP of visits."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.feedback.registry_replica.api import check_known
from services.feedback.state import InState
from services.feedback.visits import store
from services.feedback.visits.rules import Times, impossible, new_token, token_hash
from shared.contracts import Instant
from shared.db import tenant_transaction, uuid7
from shared.http.auth import Principal, Role, require
from shared.http.problems import invalid_request
from shared.http.words import FieldProblem

router = APIRouter(tags=["visits"])

Creator = Annotated[
    Principal,
    Depends(
        require(
            Role.integration_client,
            Role.unit_officer,
            Role.survey_officer,
            Role.tenant_administrator,
        )
    ),
]


class VisitBody(BaseModel):
    """A ticket and what is known of its visit so far."""

    model_config = ConfigDict(extra="forbid")

    ticket: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
    unit_id: UUID
    service_id: UUID
    officer_id: UUID | None = None
    taken_at: Instant | None = None
    called_at: Instant | None = None
    serving_at: Instant | None = None
    finished_at: Instant | None = None
    left_at: Instant | None = None
    answer_within_days: Annotated[int, Field(ge=1, le=365)] = 30


class VisitCreated(BaseModel):
    """``answer_token`` is shown here only; whoever holds it may answer once."""

    visit_id: UUID
    answer_token: str
    answer_path: str
    expires_at: datetime


@router.post("/v1/visits", status_code=201)
async def create_visit(body: VisitBody, caller: Creator, state: InState) -> VisitCreated:
    """Record a visit and get the token with which the citizen can answer."""
    now = datetime.now(UTC)
    times = Times(**{name: getattr(body, name) for name in Times.__dataclass_fields__})
    if wrong := impossible(times, now):
        raise invalid_request([FieldProblem(field, why) for field, why in wrong])
    token = new_token()
    visit = store.NewVisit(
        tenant_id=caller.tenant,
        id=uuid7(),
        ticket=body.ticket,
        unit_id=body.unit_id,
        service_id=body.service_id,
        officer_id=body.officer_id,
        times=times,
        token_hash=token_hash(token),
        token_expires_at=now + timedelta(days=body.answer_within_days),
        created_at=now,
    )
    async with tenant_transaction(state.pool, caller.tenant) as connection:
        await check_known(
            connection,
            caller.tenant,
            unit_id=body.unit_id,
            service_id=body.service_id,
            officer_id=body.officer_id,
        )
        await store.insert(connection, visit)
    return VisitCreated(
        visit_id=visit.id,
        answer_token=token,
        answer_path=f"/v1/tenants/{caller.tenant}/answers",
        expires_at=visit.token_expires_at,
    )

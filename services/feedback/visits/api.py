"""HTTP of visits."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.feedback.idempotency.rules import LONGEST_KEY, digest_of
from services.feedback.registry_replica.api import check_known
from services.feedback.state import InState
from services.feedback.visits import store
from services.feedback.visits.rules import Times, claim_of_key, impossible, new_token, token_hash
from shared.contracts import ServiceTime
from shared.db import Connection, uuid7
from shared.http.auth import Principal, Role, require
from shared.http.problems import Problem, conflict, invalid_request
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


Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=LONGEST_KEY,
        description="Makes the request safe to repeat for 72 hours; a key is the caller's own.",
    ),
]


class VisitBody(BaseModel):
    """A ticket and what is known of its visit so far."""

    model_config = ConfigDict(extra="forbid")

    ticket: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
    unit_id: UUID
    service_id: UUID
    officer_id: UUID | None = None
    taken_at: ServiceTime | None = None
    called_at: ServiceTime | None = None
    serving_at: ServiceTime | None = None
    finished_at: ServiceTime | None = None
    left_at: ServiceTime | None = None
    answer_within_days: Annotated[int, Field(ge=1, le=365)] = 30


class VisitCreated(BaseModel):
    """``answer_token`` is shown here only; whoever holds it may answer once.

    201 the first time. 200 when the same was sent again: the visit is the same, the token is a new
    one, and the earlier token, of which only the hash is kept, works no more.
    """

    visit_id: UUID
    answer_token: str
    answer_path: str
    expires_at: datetime


@router.post("/v1/visits", status_code=201, responses={200: {"model": VisitCreated}})
async def create_visit(
    body: VisitBody, caller: Creator, state: InState, response: Response, key: Key = None
) -> VisitCreated:
    """Record a visit and get the token with which the citizen can answer.

    With an Idempotency-Key safe to repeat, one try after the other, until the visit is answered:
    the token of the last try is the one that works.
    """
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
        claim=claim_of_key(caller.subject, key) if key is not None else None,
        digest=digest_of(body.model_dump_json()) if key is not None else None,
    )
    async with state.database.transaction(caller.tenant) as connection:
        stored = await _insert_or_reissue(connection, visit)
    if stored.id != visit.id:
        response.status_code = 200
    return VisitCreated(
        visit_id=stored.id,
        answer_token=token,
        answer_path=f"/v1/tenants/{caller.tenant}/answers",
        expires_at=stored.token_expires_at,
    )


async def _insert_or_reissue(
    connection: Connection, visit: store.NewVisit
) -> store.NewVisit | store.Visit:
    """The visit that now has the new token: this one, or that of an earlier try."""
    while True:
        if visit.claim is not None:
            earlier = await store.lock_by_claim(connection, visit.tenant_id, claim=visit.claim)
            if earlier is not None:
                await _reissue(connection, visit, earlier=earlier)
                return earlier
        await check_known(
            connection,
            visit.tenant_id,
            unit_id=visit.unit_id,
            service_id=visit.service_id,
            officer_id=visit.officer_id,
        )
        # False where another try was faster: then it is found.
        if await store.insert(connection, visit):
            return visit


async def _reissue(connection: Connection, visit: store.NewVisit, *, earlier: store.Visit) -> None:
    if earlier.digest != visit.digest:
        raise Problem(
            422,
            "idempotency-key-reused",
            title="The Idempotency-Key was used for another visit",
            detail="Nothing was stored. Send each new visit with a new key; repeat a key only with "
            "the very same visit.",
        )
    replaced = await store.replace_token(
        connection, visit.tenant_id, visit_id=earlier.id, token_hash=visit.token_hash
    )
    if not replaced:
        raise conflict(
            "visit-answered",
            "This visit was sent before and is answered already: it needs no token any more.",
        )

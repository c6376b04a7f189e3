"""The public route of a citizen's answer: a bare ASGI endpoint in the same application.

``POST /v1/tenants/{tenant}/answers`` stands in the OpenAPI document like every other route; it
passes by FastAPI's dependency machinery only because it is the hot path.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated, Any, Final, Self
from uuid import UUID

import asyncpg
import structlog
from asyncpg.pgproto.pgproto import UUID as DatabaseUUID  # noqa: N811
from prometheus_client import Counter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from starlette.types import Receive, Scope, Send

from services.feedback.answers.documents import Comment, Profile, Sentiment
from services.feedback.answers.events import marks_of
from services.feedback.answers.rules import claim_of_key, claim_of_token, digest_of
from services.feedback.counters.rules import typed
from services.feedback.intake.group_commit import (
    BusyError,
    GroupCommit,
    NotStorableError,
    UnavailableError,
)
from services.feedback.intake.rules import Refusal
from services.feedback.intake.store import Receipt, Submission
from services.feedback.registry_replica.api import unknown_tenant
from services.feedback.visits.rules import token_hash
from shared.contracts import Scores
from shared.http.hot import HotRoute
from shared.http.problems import RETRY_AFTER_SECONDS, Problem, invalid_request, problem_from
from shared.http.words import FieldProblem
from shared.observability.metrics import INTAKE_ACCEPTED, INTAKE_REFUSED
from shared.observability.trace import current_traceparent

log = structlog.get_logger()

PATH: Final = "/v1/tenants/{tenant}/answers"
_LONGEST_KEY: Final = 200

Answers = GroupCommit[Submission, Receipt | Refusal]


class AnswerBody(BaseModel):
    """A citizen's answer, by exactly one of ``token`` (a visit's) and ``counter`` (its code)."""

    model_config = ConfigDict(extra="forbid")

    token: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    counter: Annotated[str, StringConstraints(min_length=1, max_length=20)] | None = None
    scores: Scores
    comment: Comment = None
    sentiment: Sentiment | None = None
    profile: Profile | None = None
    service_day: Annotated[date, Field(ge=date(2000, 1, 1))] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.token is None) == (self.counter is None):
            raise ValueError("send either the token of the visit or the code of the counter")
        return self


class AnswerReceipt(BaseModel):
    """The answer is stored. 201 the first time, 200 when the same answer was sent again."""

    fact_id: UUID
    received_at: datetime


class PostAnswer:
    """The ASGI endpoint."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        submission = understand(scope, await _whole_body(receive))
        try:
            outcome = await self._answers.submit(submission)
        except (BusyError, UnavailableError, NotStorableError) as error:
            raise _refused(_problem_of(error)) from error.__cause__
        if not isinstance(outcome, Receipt):
            raise _refused(_problem_for(outcome))
        if not outcome.repeated:
            _accepted(submission.tenant_id).inc()
        await _send_receipt(send, outcome)


def understand(scope: Scope, body: bytes) -> Submission:
    """Validate one request. Raises ``ValidationError`` or ``Problem``."""
    tenant = _tenant(scope["path_params"]["tenant"])
    answer = AnswerBody.model_validate_json(body)
    key = _idempotency_key(scope["headers"])
    claim = None
    if answer.token is not None:
        claim = claim_of_token(answer.token)
    elif key is not None:
        claim = claim_of_key(key)
    scores = marks_of(answer.scores)
    profile = _NOBODY if answer.profile is None else _parts(answer.profile)
    code = typed(answer.counter) if answer.counter is not None else None
    sentiment = answer.sentiment.value if answer.sentiment is not None else None
    content = (code, scores, answer.comment, sentiment, profile, answer.service_day)
    return Submission(
        tenant_id=tenant,
        token_hash=token_hash(answer.token) if answer.token is not None else None,
        code=code,
        claim=claim,
        digest=digest_of(*content) if claim is not None else None,
        scores=scores,
        comment=answer.comment,
        sentiment=sentiment,
        profile=profile,
        service_day=answer.service_day,
        received_at=datetime.now(UTC),
        traceparent=current_traceparent(),
    )


_NOBODY: Final = (None, None, None, None)


def _parts(profile: Profile) -> tuple[str | None, str | None, str | None, str | None]:
    return (profile.sex, profile.age_band, profile.education, profile.occupation)


@lru_cache(maxsize=4096)
def _tenant(text: str) -> UUID:
    try:
        tenant: UUID = DatabaseUUID(text)  # the driver's own kind: encoded and printed faster
    except ValueError:
        raise unknown_tenant() from None
    return tenant


def _idempotency_key(headers: list[tuple[bytes, bytes]]) -> str | None:
    for name, value in headers:
        if name == b"idempotency-key":
            if not 1 <= len(value) <= _LONGEST_KEY:
                words = f"must have 1 to {_LONGEST_KEY} characters"
                raise invalid_request([FieldProblem("Idempotency-Key", words)])
            return value.decode("latin-1")
    return None


async def _whole_body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body", False):
        message = await receive()
        body += message.get("body", b"")
    return body


async def _send_receipt(send: Send, receipt: Receipt) -> None:
    moment = f"{receipt.received_at.isoformat()[:-6]}Z"
    body = f'{{"fact_id":"{receipt.fact_id}","received_at":"{moment}"}}'.encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    status = 200 if receipt.repeated else 201
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@lru_cache(maxsize=4096)
def _accepted(tenant: UUID) -> Counter:
    return INTAKE_ACCEPTED.labels("answer", str(tenant))


def _refused(problem: Problem) -> Problem:
    INTAKE_REFUSED.labels("answer", problem.slug).inc()
    return problem


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, NotStorableError):
        if isinstance(error.__cause__, asyncpg.IntegrityConstraintViolationError):
            # The rule only: the database's own detail quotes the row, comment and all.
            log.warning(
                "The database refused an answer",
                action="intake.refused",
                constraint=error.__cause__.constraint_name,
            )
            return Problem(
                422,
                "answer-not-storable",
                title="The answer breaks a rule of the database",
                detail="Nothing was stored. Correct the answer; the operators can find the rule in "
                "the log under the value of `instance`.",
            )
        return problem_from(error.__cause__ or error)
    busy = isinstance(error, BusyError)
    return Problem(
        503,
        "busy" if busy else "temporarily-unavailable",
        title="Too many answers at once" if busy else "The service is unavailable for the moment",
        detail="Send the same request again in a few seconds, with the same token or "
        "Idempotency-Key: it is then stored once.",
        headers={"retry-after": RETRY_AFTER_SECONDS},
    )


def _problem_for(refusal: Refusal) -> Problem:
    status, title, detail = _WORDS[refusal]
    return Problem(status, refusal, title=title, detail=detail)


_WORDS: Final[Mapping[Refusal, tuple[int, str, str]]] = {
    Refusal.UNKNOWN_TENANT: (
        404,
        "The tenant is not known",
        "Check the tenant in the address: scan the code again or type the address as printed.",
    ),
    Refusal.UNKNOWN_TOKEN: (
        404,
        "The token is not known",
        "Check the token: scan the code of your ticket again or type it exactly as printed.",
    ),
    Refusal.TOKEN_EXPIRED: (
        410,
        "The token has expired",
        "The time to answer about this visit is over; ask at the counter to answer there.",
    ),
    Refusal.TOKEN_USED: (
        409,
        "The token has been used",
        "This visit was already answered, with another content; the first answer stands.",
    ),
    Refusal.UNKNOWN_COUNTER: (
        404,
        "The counter's code is not known",
        "Check the code: scan it again or type its six characters exactly as printed.",
    ),
    Refusal.COUNTER_SWITCHED_OFF: (
        410,
        "The counter takes no answers any more",
        "Use the code that is shown at the counter now.",
    ),
    Refusal.FUTURE_SERVICE_DAY: (
        422,
        "The day of service has not come yet",
        "Correct service_day to today or an earlier day, or leave it out.",
    ),
    Refusal.IDEMPOTENCY_KEY_REUSED: (
        422,
        "The Idempotency-Key was used for another answer",
        "Send each new answer with a new key; repeat a key only with the very same answer.",
    ),
}


def answer_route(answers: Answers) -> HotRoute:
    """The route, for the application and its OpenAPI document."""
    return HotRoute(PATH, PostAnswer(answers), _operation())


def _operation() -> dict[str, Any]:
    receipt = {"application/json": {"schema": _inlined(AnswerReceipt)}}
    return {
        "tags": ["answers"],
        "summary": "Answer about a visit or at a counter",
        "description": "Safe to repeat with the same token or Idempotency-Key.",
        "operationId": "post_answer",
        "parameters": [
            {
                "name": "tenant",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "format": "uuid"},
            },
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "Makes a walk-in answer safe to repeat for 72 hours.",
                "schema": {"type": "string", "minLength": 1, "maxLength": _LONGEST_KEY},
            },
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _inlined(AnswerBody)}},
        },
        "responses": {
            "201": {"description": "Stored", "content": receipt},
            "200": {"description": "Was stored by an earlier try", "content": receipt},
        },
    }


def _inlined(model: type[BaseModel]) -> dict[str, Any]:
    """The model's schema without references, which would lead nowhere in another document."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})

    def resolved(node: Any) -> Any:
        if isinstance(node, list):
            return [resolved(each) for each in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            node = parts[node["$ref"].rpartition("/")[2]] | {
                key: value for key, value in node.items() if key != "$ref"
            }
        return {key: resolved(value) for key, value in node.items()}

    inlined: dict[str, Any] = resolved(schema)
    return inlined

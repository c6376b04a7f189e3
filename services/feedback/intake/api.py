"""The public route of a citizen's answer: a bare ASGI endpoint in the same application.

``POST /v1/tenants/{tenant}/answers`` stands in the OpenAPI document like every other route; it
passes by FastAPI's dependency machinery only because it is the hot path.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from asyncpg.pgproto.pgproto import UUID as DatabaseUUID  # noqa: N811
from prometheus_client import Counter
from starlette.types import Receive, Scope, Send

from services.feedback.answers.documents import Profile
from services.feedback.answers.events import marks_of
from services.feedback.answers.rules import claim_of_key, claim_of_token
from services.feedback.counters.rules import typed
from services.feedback.idempotency.rules import LONGEST_KEY, digest_of
from services.feedback.intake.documents import AnswerBody
from services.feedback.intake.group_commit import (
    BusyError,
    GroupCommit,
    NotStorableError,
    UnavailableError,
)
from services.feedback.intake.openapi import post_answer_operation
from services.feedback.intake.problems import problem_of_error, problem_of_refusal
from services.feedback.intake.rules import Refusal
from services.feedback.intake.store import Receipt, Submission
from services.feedback.registry_replica.api import unknown_tenant
from services.feedback.visits.rules import token_hash
from shared.http.hot import HotRoute
from shared.http.problems import Problem, invalid_request
from shared.http.words import FieldProblem
from shared.observability.metrics import INTAKE_ACCEPTED, INTAKE_REFUSED
from shared.observability.trace import current_traceparent

PATH: Final = "/v1/tenants/{tenant}/answers"

Answers = GroupCommit[Submission, Receipt | Refusal]


class PostAnswer:
    """The ASGI endpoint."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        submission = understand(scope, await _whole_body(receive))
        try:
            outcome = await self._answers.submit(submission)
        except (BusyError, UnavailableError, NotStorableError) as error:
            problem = problem_of_error(error, repeatable=submission.claim is not None)
            raise _refused(problem) from error.__cause__
        if not isinstance(outcome, Receipt):
            raise _refused(problem_of_refusal(outcome))
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
            if not 1 <= len(value) <= LONGEST_KEY:
                words = f"must have 1 to {LONGEST_KEY} characters"
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


def answer_route(answers: Answers) -> HotRoute:
    """The route, for the application and its OpenAPI document."""
    return HotRoute(PATH, PostAnswer(answers), post_answer_operation())

"""RFC 9457 problem documents, and the one place that turns exceptions into them.

Every answer that is not a success is `application/problem+json` with a stable slug in `type`
(`urn:tera:problem:<slug>`); clients match on the slug, people read `detail`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import msgspec
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from shared.db.errors import is_transient
from shared.http.words import FieldProblem, explain, explain_decoding
from shared.observability.trace import current_request_id

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_SECONDS: Final = "2"

# Only decoders recurse into what was sent, so RecursionError means a hostile body.
_UNREADABLE: Final = (
    msgspec.DecodeError,
    json.JSONDecodeError,
    UnicodeDecodeError,
    RecursionError,
)


class Problem(Exception):  # noqa: N818 - an answer, not always an error of ours
    """An HTTP answer other than success; raise it anywhere below a route.

    `slug` is stable and lower-case-with-dashes, `title` names the kind of problem, `detail` is a
    sentence that says what to do now. Neither may hold personal data or secrets. `members` are
    further ones of the document, for whoever sent the request only: they are not logged.
    """

    def __init__(
        self,
        status: int,
        slug: str,
        *,
        title: str,
        detail: str,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{status} {slug}: {detail}")
        self.status = status
        self.slug = slug
        self.title = title
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.members = dict(members or {})


def invalid_request(errors: Sequence[FieldProblem]) -> Problem:
    """422: the request is well-formed but some fields are not acceptable."""
    named = ", ".join(error.field for error in errors[:3])
    if len(errors) > 3:
        named += f" and {len(errors) - 3} more"
    return Problem(
        422,
        "invalid-request",
        title="The request is not valid",
        detail=f"Nothing was stored. Correct {named} as errors says, then send it again.",
        errors=errors,
    )


def malformed_json(where: str = "") -> Problem:
    """400: the body is not JSON at all."""
    return Problem(
        400,
        "malformed-json",
        title="The body is not valid JSON",
        detail=f"Nothing was stored. Send one JSON document in UTF-8{where}.",
    )


def body_too_large(limit: int) -> Problem:
    """413: more bytes than this address accepts."""
    return Problem(
        413,
        "body-too-large",
        title="The body is too large",
        detail=f"Nothing was stored. Send at most {limit} bytes, in several requests if needed.",
    )


def not_found(detail: str) -> Problem:
    """404 with a sentence of the caller's; also the answer for what belongs to another tenant."""
    return Problem(404, "not-found", title="Not found", detail=detail)


def conflict(slug: str, detail: str) -> Problem:
    """409: the request contradicts what is stored."""
    return Problem(409, slug, title="The request contradicts what is stored", detail=detail)


def temporarily_unavailable() -> Problem:
    """503: a dependency is away for the moment. Whether a commit that was under way came through
    is not known, so the words promise nothing."""
    return Problem(
        503,
        "temporarily-unavailable",
        title="The service is unavailable for the moment",
        detail="Send the same request again in a few seconds; where twice would be wrong, look "
        "first whether it was stored, or use an Idempotency-Key where the address takes one.",
        headers={"retry-after": RETRY_AFTER_SECONDS},
    )


def internal_error() -> Problem:
    """500: a fault of ours; the cause is in the log under the request id, never in the answer."""
    return Problem(
        500,
        "internal-error",
        title="Something went wrong on our side",
        detail="Try again; if it stays, report the value of `instance` to the operators.",
    )


def problem_from(exc: BaseException) -> Problem:  # noqa: PLR0911 - one line per kind
    """The problem an exception stands for; whatever is not known is `internal-error`."""
    if isinstance(exc, Problem):
        return exc
    if isinstance(exc, RequestValidationError):
        errors = exc.errors()
        if errors and errors[0]["type"] == "json_invalid":
            return malformed_json(f"; it breaks at character {errors[0]['loc'][-1]}")
        return invalid_request(explain(errors))
    if isinstance(exc, ValidationError):
        found = exc.errors(include_url=False, include_input=False)
        if found[0]["type"] == "json_invalid":
            return malformed_json()
        return invalid_request(explain(found))
    if isinstance(exc, msgspec.ValidationError):
        return invalid_request([explain_decoding(str(exc))])
    if isinstance(exc, _UNREADABLE):
        return malformed_json()
    if isinstance(exc, HTTPException):
        return _from_http_exception(exc)
    if isinstance(exc, TimeoutError) or is_transient(exc):
        return temporarily_unavailable()
    return internal_error()


def _from_http_exception(exc: HTTPException) -> Problem:
    if exc.status_code == 400 and isinstance(exc.__cause__, _UNREADABLE):
        return malformed_json()
    status = HTTPStatus(exc.status_code)
    known = _KNOWN.get(exc.status_code)
    return Problem(
        status,
        status.phrase.lower().replace(" ", "-"),
        title=known.title if known else status.phrase,
        detail=known.detail if known else str(exc.detail),
        headers=exc.headers,
    )


@dataclass(frozen=True, slots=True)
class _Wording:
    title: str
    detail: str


_KNOWN: Final[dict[int, _Wording]] = {
    404: _Wording("Not found", "There is nothing at this address: check it against /openapi.json."),
    405: _Wording("Method not allowed", "Use a method that the Allow header names."),
}


def problem_document(problem: Problem) -> dict[str, Any]:
    """The JSON body; `instance` holds the request id when there is one."""
    document: dict[str, Any] = {
        "type": f"urn:tera:problem:{problem.slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
    }
    if (request_id := current_request_id()) is not None:
        document["instance"] = f"urn:tera:request:{request_id}"
    if problem.errors:
        document["errors"] = [{"field": e.field, "problem": e.problem} for e in problem.errors]
    return problem.members | document


def problem_response(exc: BaseException) -> Response:
    """The answer for an exception: a Starlette response, so `await problem_response(e)(scope,
    receive, send)` works from a bare ASGI route too.
    """
    problem = problem_from(exc)
    return Response(
        msgspec.json.encode(problem_document(problem)),
        problem.status,
        headers=problem.headers,
        media_type=MEDIA_TYPE,
    )


ShowError = Callable[[Scope, BaseException], Response]
"""How an application answers an exception; the scope is that of the request."""


def show_document(_: Scope, exc: BaseException) -> Response:
    """As a problem document, whoever asks: what every API does."""
    return problem_response(exc)

"""How the portal asks the other services."""

from collections.abc import Mapping
from typing import Any, Final

import httpx
import structlog

from shared.http.problems import Problem, temporarily_unavailable
from shared.http.words import FieldProblem
from shared.observability.trace import current_request_id, current_traceparent
from shared.settings import Settings

_TIMEOUT: Final = httpx.Timeout(10.0, connect=2.0)
_STANDARD: Final = frozenset({"type", "title", "status", "detail", "instance", "errors"})
"""Members that every problem document may have; others belong to one kind of problem."""

log = structlog.get_logger()


class Apis:
    """The services' HTTP APIs, with one pool of connections for the process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._http = httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False, follow_redirects=False)

    @property
    def http(self) -> httpx.AsyncClient:
        """The pool itself: for streams and for the issuer, which is no service of ours."""
        return self._http

    def address(self, service: str, path: str) -> str:
        """The full address of a service's path. Raise SettingMissing."""
        return self._settings.service_http(service) + path

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(
        self, service: str, path: str, /, *, bearer: str | None = None, **params: Any
    ) -> Any:
        """The JSON of a GET; parameters that are None are left out. Raise like `send`."""
        given = {name: value for name, value in params.items() if value is not None}
        return (await self.send("GET", service, path, bearer=bearer, params=given)).json()

    async def send(
        self,
        method: str,
        service: str,
        path: str,
        *,
        bearer: str | None = None,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> httpx.Response:
        """The answer of a success. Raise the service's own Problem where it refused, and 503
        where it is away or failed."""
        request = self._http.build_request(
            method,
            self.address(service, path),
            params=params,
            json=body,
            headers={**request_headers(bearer), **(headers or {})},
            timeout=_TIMEOUT if timeout is None else timeout,
        )
        try:
            answer = await self._http.send(request)
        except httpx.TransportError as error:
            log.warning(
                f"{service} is away",
                action="portal.service_away",
                called=service,
                error=type(error).__name__,
            )
            raise temporarily_unavailable() from error
        if answer.is_success:
            return answer
        raise refusal_of(answer)


def request_headers(token: str | None) -> dict[str, str]:
    """What each request to a service carries: the caller's token, and the request it belongs to."""
    headers = {"accept": "application/json"}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    if (request_id := current_request_id()) is not None:
        headers["x-request-id"] = request_id
    if (traceparent := current_traceparent()) is not None:
        headers["traceparent"] = traceparent
    return headers


def refusal_of(answer: httpx.Response) -> Problem:
    """The Problem of an answer that is no success; a failure of the service is a 503 here."""
    if answer.status_code >= 500:
        return temporarily_unavailable()
    try:
        return problem_of(answer.json() | {"status": answer.status_code})
    except (ValueError, TypeError):
        return temporarily_unavailable()


def problem_of(document: Mapping[str, Any]) -> Problem:
    """The Problem that a service's problem document describes; likewise."""
    try:
        status, slug = int(document["status"]), str(document["type"]).rpartition(":")[2]
        errors = [FieldProblem(e["field"], e["problem"]) for e in document.get("errors", [])]
    except (ValueError, KeyError, TypeError, AttributeError):
        return temporarily_unavailable()
    if status >= 500:
        return temporarily_unavailable()
    return Problem(
        status,
        slug,
        title=str(document.get("title", "")),
        detail=str(document.get("detail", "")),
        errors=errors,
        members={name: value for name, value in document.items() if name not in _STANDARD},
    )

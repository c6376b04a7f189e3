"""The outermost layer of every HTTP application: request id, trace context, limits, metrics, last
resort.

One pure ASGI class instead of a stack of middlewares, because the hot path pays for each layer.
"""

from collections.abc import Mapping, Sequence
from os import urandom
from time import perf_counter
from typing import Final

import structlog
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.body import BodyGuard, refusal_of_head
from shared.http.hot import HotRoute
from shared.http.problems import Problem, ShowError, problem_from
from shared.observability import spans
from shared.observability.metrics import HTTP_DURATION, HTTP_REQUESTS
from shared.observability.trace import (
    request_id_var,
    traceparent_var,
    valid_request_id,
    valid_traceparent,
)

DEFAULT_BODY_LIMIT: Final = 64 * 1024
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

log = structlog.get_logger()


class Edge:
    """Wraps an ASGI app. `body_limits` maps path prefixes to bytes, the longest match wins; below
    `file_paths` a body is a file of any bytes, everywhere else it is JSON; `hot` routes are called
    directly; `show_error` answers what no handler answered.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        body_limit: int,
        body_limits: Mapping[str, int],
        file_paths: Sequence[str],
        hot: Sequence[HotRoute],
        show_error: ShowError,
    ) -> None:
        self.app = app
        self.show_error = show_error
        self.hot = tuple(hot)
        self.body_limit = body_limit
        self.body_limits = sorted(body_limits.items(), key=lambda item: -len(item[0]))
        self.file_paths = tuple(file_paths)
        self.counters: dict[tuple[str, str, int], Counter] = {}
        self.durations: dict[tuple[str, str], Histogram] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = perf_counter()
        headers = dict(scope["headers"])
        request_id, caller, fresh = _identity(headers)
        span = spans.begin_request(caller)
        id_token = request_id_var.set(request_id)
        trace_token = traceparent_var.set(span.traceparent if span else caller or fresh)
        answer = _Answer(send, request_id)
        try:
            await self._run(scope, headers, receive, answer)
        finally:
            self._observe(scope, answer.status, perf_counter() - started)
            if span is not None:
                _end(span, scope, answer.status)
            request_id_var.reset(id_token)
            traceparent_var.reset(trace_token)

    async def _run(
        self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, answer: "_Answer"
    ) -> None:
        limit = self._limit(scope["path"])
        if (problem := refusal_of_head(scope, headers, limit)) is not None:
            await self.show_error(scope, problem)(scope, receive, answer)
            return
        if b"content-length" in headers or b"transfer-encoding" in headers:
            answer.guard = receive = BodyGuard(
                receive, limit=limit, searched=not scope["path"].startswith(self.file_paths)
            )
        try:
            await self._target(scope)(scope, receive, answer)
        except Exception as exc:
            problem = answer.refused() or problem_from(exc)
            _log_failure(problem, exc)
            if answer.status and not answer.complete:
                # Half an answer is out: only closing the connection tells the caller.
                raise
        else:
            problem = answer.refused()
        if problem is not None and not answer.status:
            answer.guard = None
            await self.show_error(scope, problem)(scope, receive, answer)

    def _target(self, scope: Scope) -> ASGIApp:
        for route in self.hot:
            if route.takes(scope):
                return route.endpoint
        return self.app

    def _limit(self, path: str) -> int:
        for prefix, limit in self.body_limits:
            if path.startswith(prefix):
                return limit
        return self.body_limit

    def _observe(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = _template(scope)
        key = (method, route, status // 100)
        if (counter := self.counters.get(key)) is None:
            label = f"{status // 100}xx" if status else "aborted"
            counter = self.counters[key] = HTTP_REQUESTS.labels(method, route, label)
        if (duration := self.durations.get(key[:2])) is None:
            duration = self.durations[key[:2]] = HTTP_DURATION.labels(method, route)
        counter.inc()
        if "tera.stream" not in scope:
            duration.observe(seconds)


class _Answer:
    """A `send` that adds the request id and holds back the answer of a handler whose body was
    refused.

    FastAPI turns an error while reading the body into a 400 of its own; holding it back lets the
    real reason out.
    """

    __slots__ = ("complete", "guard", "header", "send", "status")

    def __init__(self, send: Send, request_id: str) -> None:
        self.send = send
        self.header = (b"x-request-id", request_id.encode("ascii"))
        self.guard: BodyGuard | None = None
        self.status = 0
        self.complete = False

    def refused(self) -> Problem | None:
        return self.guard.refused if self.guard is not None else None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if self.guard is not None and self.guard.refused is not None:
                return
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), self.header]
        elif not self.status:
            return
        elif not message.get("more_body", False):
            self.complete = True
        await self.send(message)


def _identity(headers: dict[bytes, bytes]) -> tuple[str, str | None, str]:
    """The caller's request id where it is usable, else a new one; the caller's traceparent where
    it is usable; and a new one, not sampled."""
    random = urandom(24).hex()
    request_id = headers.get(b"x-request-id", b"").decode("latin-1")
    traceparent = headers.get(b"traceparent", b"").decode("latin-1")
    return (
        request_id if request_id and valid_request_id(request_id) else random[:32],
        traceparent if traceparent and valid_traceparent(traceparent) else None,
        f"00-{random[:32]}-{random[32:]}-00",
    )


def _end(span: spans.Span, scope: Scope, status: int) -> None:
    """Never the path itself or its query: they hold ids and tokens."""
    method = scope["method"] if scope["method"] in _METHODS else "other"
    route = _template(scope)
    span.end(
        name=f"{method} {route}",
        attributes={
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
        },
        failed=status == 0 or status >= 500,
    )


def _template(scope: Scope) -> str:
    """The route's path with its placeholders: a bounded label, unlike the path itself."""
    route = scope.get("route")
    template = getattr(route, "path_format", None) or getattr(route, "path", None)
    if template is None and (endpoint := scope.get("endpoint")) is not None:
        # Starlette's own routes leave no route behind, only what they call.
        template = getattr(endpoint, "__name__", type(endpoint).__name__)
    return template or "unmatched"


def _log_failure(problem: Problem, exc: Exception) -> None:
    if problem.slug == "internal-error":
        log.error("A request failed", action="http.failed", exc_info=exc)
    elif problem.status == 503:
        log.warning("A dependency is away", action="http.unavailable", error=type(exc).__name__)

"""The FastAPI application that every service starts from."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from shared.http.auth import TokenVerifier
from shared.http.edge import DEFAULT_BODY_LIMIT, Edge
from shared.http.hot import HotRoute, described
from shared.http.openapi import PROBLEM_RESPONSES, with_problems
from shared.http.problems import (
    Problem,
    ShowError,
    problem_response,
    show_document,
    temporarily_unavailable,
)

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
Ready = Callable[[], Awaitable[bool]]

_HANDLED: Final = (Problem, RequestValidationError, ValidationError, HTTPException, Exception)


class Api(FastAPI):
    """FastAPI inside the Edge, with problem documents and hot routes in its OpenAPI description."""

    edge: Edge
    before_stop: Callable[[], None]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Through the Edge, which calls `behind_the_edge` for all but hot routes."""
        if scope["type"] == "http":
            scope["app"] = self  # for `show_error`, where the request gets no further
            await self.edge(scope, receive, send)
        else:
            await self.behind_the_edge(scope, receive, send)

    async def behind_the_edge(self, scope: Scope, receive: Receive, send: Send) -> None:
        """FastAPI's own layers."""
        await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document with every problem that a route may answer."""
        document = described(super().openapi(), self.edge.hot, PROBLEM_RESPONSES)
        return with_problems(document)


def create_app(
    *,
    title: str,
    service: str,
    verifier: TokenVerifier,
    lifespan: Lifespan | None = None,
    ready: Ready | None = None,
    body_limit: int = DEFAULT_BODY_LIMIT,
    body_limits: Mapping[str, int] | None = None,
    file_paths: Sequence[str] = (),
    hot: Sequence[HotRoute] = (),
    show_error: ShowError = show_document,
    openapi_url: str | None = "/openapi.json",
    before_stop: Callable[[], None] = lambda: None,
) -> FastAPI:
    """An application with /livez, /readyz, problem documents and bearer tokens.

    `ready` answers whether requests can be served now (the database answers); it may raise, which
    means no. `body_limits` maps path prefixes to bytes where more, or less, than `body_limit` is
    accepted. Below the path prefixes `file_paths` a body is a file and may hold any bytes; every
    other body is searched for what cannot be stored. `before_stop` is called when the server is
    asked to stop, before it waits for the answers in hand: open streams end there. Routes find the
    verifier through the dependencies of `shared.http.auth`. An application for people instead of
    programs gives its own `show_error` and no `openapi_url`.
    """

    async def answer(request: Request, exc: Exception) -> Response:
        return show_error(request.scope, exc)

    app = Api(
        title=title,
        version="1",
        lifespan=lifespan,
        responses=PROBLEM_RESPONSES,
        exception_handlers=dict.fromkeys(_HANDLED, answer),
        # The bundled pages load scripts from elsewhere; the document itself stays at /openapi.json.
        docs_url=None,
        redoc_url=None,
        openapi_url=openapi_url,
    )
    app.edge = Edge(
        app.behind_the_edge,
        body_limit=body_limit,
        body_limits=body_limits or {},
        file_paths=file_paths,
        hot=hot,
        show_error=show_error,
    )
    app.before_stop = before_stop
    app.router.routes.extend(route.as_route() for route in hot)
    app.state.service = service
    app.state.verifier = verifier

    @app.get("/livez", include_in_schema=False)
    async def livez() -> Response:
        return JSONResponse({"status": "alive"})

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> Response:
        try:
            passed = ready is None or await ready()
        except Exception:
            passed = False
        if passed:
            return JSONResponse({"status": "ready"})
        return problem_response(temporarily_unavailable())

    return app

"""Routes so busy that FastAPI's own layers would be a large part of their cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from re import Pattern
from typing import Any

from starlette.convertors import Convertor
from starlette.routing import Route, compile_path
from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(frozen=True)
class HotRoute:
    """A bare ASGI endpoint that the Edge calls directly.

    `path` has Starlette's form (`/v1/{tenant}/answers`); its parameters stand in
    `scope["path_params"]`. `operation` is its OpenAPI operation, for the same document as all other
    routes; the problem answers are added. Exceptions become problem documents as everywhere.
    """

    path: str
    endpoint: ASGIApp
    operation: Mapping[str, Any]
    method: str = "POST"
    pattern: Pattern[str] = field(init=False, repr=False)
    convertors: dict[str, Convertor[Any]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        pattern, _, convertors = compile_path(self.path)
        object.__setattr__(self, "pattern", pattern)
        object.__setattr__(self, "convertors", convertors)

    def takes(self, scope: Scope) -> bool:
        """True when the request is for this route; then its parameters are in the scope."""
        if scope["method"] != self.method or not (match := self.pattern.match(scope["path"])):
            return False
        found = match.groupdict()
        scope["path_params"] = {k: self.convertors[k].convert(v) for k, v in found.items()}
        scope["route"] = self
        return True

    def as_route(self) -> Route:
        """The same as an ordinary route, for what the shortcut leaves: 405 and root paths."""
        # A wrapped endpoint stays an ASGI app whatever it is; Starlette calls plain functions
        # otherwise.
        return Route(self.path, _Endpoint(self.endpoint), methods=[self.method])


class _Endpoint:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


def described(
    document: dict[str, Any], routes: Sequence[HotRoute], responses: Mapping[int | str, Any]
) -> dict[str, Any]:
    """Add the operations of hot routes to an OpenAPI document."""
    for route in routes:
        operation = dict(route.operation)
        problems = {str(status): answer for status, answer in responses.items()}
        operation["responses"] = problems | dict(operation.get("responses", {}))
        document["paths"].setdefault(route.path, {})[route.method.lower()] = operation
    return document

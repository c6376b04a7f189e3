"""/metrics, /livez and /readyz of one process, on a port of its own: never behind the public
address.
"""

from collections.abc import Callable
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from shared.observability.metrics import REGISTRY

Check = Callable[[], bool]
_OK: Final = 200
_UNAVAILABLE: Final = 503


def exposition(*, alive: Check, ready: Check) -> Starlette:
    """The ASGI app; `alive` and `ready` are asked on every probe and must answer at once."""

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    def probe(check: Check, good: str, bad: str) -> Callable[[Request], Response]:
        async def answer(_: Request) -> Response:
            passed = check()
            return PlainTextResponse(good if passed else bad, _OK if passed else _UNAVAILABLE)

        return answer  # type: ignore[return-value]

    return Starlette(
        routes=[
            Route("/metrics", metrics),
            Route("/livez", probe(alive, "alive\n", "stuck\n")),
            Route("/readyz", probe(ready, "ready\n", "not ready\n")),
        ]
    )

"""Server-sent events of the other services, passed on to the browser that is signed in here."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from services.portal.apis import refusal_of, request_headers
from services.portal.view import View
from shared.http.problems import temporarily_unavailable

_TIMEOUT: Final = httpx.Timeout(10.0, read=45.0)
"""A heartbeat comes every 15 seconds."""


class Relays:
    """The open streams of this process; ``close`` ends them before the server stops.

    Each holds a connection of its own, so they have a pool of their own, without a limit.
    """

    def __init__(self) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        self._http = httpx.AsyncClient(timeout=_TIMEOUT, limits=limits, trust_env=False)
        self._ends: set[asyncio.Event] = set()
        self._closed = False

    def close(self) -> None:
        """End every stream, also those that come from now on. Synchronous."""
        self._closed = True
        for end in self._ends:
            end.set()

    async def aclose(self) -> None:
        """Close the pool."""
        await self._http.aclose()

    async def open(self, view: View, service: str, path: str, /, **params: Any) -> Response:
        """The stream of a service, asked with the token of the person who is signed in. Raise its
        refusal, or 503 where it is away."""
        assert view.session is not None
        headers = request_headers(view.session.access_token) | {"accept": "text/event-stream"}
        if seen := view.request.headers.get("last-event-id"):
            headers["last-event-id"] = seen
        request = self._http.build_request(
            "GET",
            view.portal.apis.address(service, path),
            params={name: value for name, value in params.items() if value is not None},
            headers=headers,
        )
        try:
            answer = await self._http.send(request, stream=True)
        except httpx.TransportError as error:
            raise temporarily_unavailable() from error
        if not answer.is_success:
            await answer.aread()
            raise refusal_of(answer)
        return _Relay(self._passed_on(answer))

    async def _passed_on(self, answer: httpx.Response) -> AsyncIterator[bytes]:
        end = asyncio.Event()
        if self._closed:
            end.set()
        self._ends.add(end)
        ended = asyncio.create_task(end.wait())
        chunks = answer.aiter_raw()
        following: asyncio.Task[bytes] | None = None
        try:
            while not end.is_set():
                following = asyncio.create_task(_next(chunks))
                await asyncio.wait({following, ended}, return_when=asyncio.FIRST_COMPLETED)
                if not following.done() or not following.result():
                    return
                yield following.result()
        finally:
            self._ends.discard(end)
            tasks = [task for task in (following, ended) if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await answer.aclose()


async def _next(chunks: AsyncIterator[bytes]) -> bytes:
    """What comes next; nothing where the service has gone: the browser comes again by itself."""
    try:
        return await anext(chunks, b"")
    except httpx.TransportError:
        return b""


class _Relay(StreamingResponse):
    def __init__(self, content: AsyncIterator[bytes]) -> None:
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        super().__init__(content, headers=headers, media_type="text/event-stream")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["tera.stream"] = True  # open for an hour, which says nothing about how fast we are
        await super().__call__(scope, receive, send)

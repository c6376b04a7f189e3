"""Server-sent events of the other services, passed on to the browser that is signed in here."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
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
    """The open streams of this process; ``close`` ends them before the server stops."""

    def __init__(self) -> None:
        self._ends: set[asyncio.Event] = set()
        self._closed = False

    def close(self) -> None:
        """End every stream, also those that come from now on. Synchronous."""
        self._closed = True
        for end in self._ends:
            end.set()

    async def open(self, view: View, service: str, path: str, **params: Any) -> Response:
        """The stream of a service, asked with the token of the person who is signed in. Raise its
        refusal, or 503 where it is away."""
        assert view.session is not None
        headers = request_headers(view.session.access_token) | {"accept": "text/event-stream"}
        if seen := view.request.headers.get("last-event-id"):
            headers["last-event-id"] = seen
        apis = view.portal.apis
        request = apis.http.build_request(
            "GET",
            apis.address(service, path),
            params={name: value for name, value in params.items() if value is not None},
            headers=headers,
            timeout=_TIMEOUT,
        )
        try:
            answer = await apis.http.send(request, stream=True)
        except httpx.TransportError as error:
            raise temporarily_unavailable() from error
        if not answer.is_success:
            await answer.aread()
            raise refusal_of(answer)
        return _Relay(self._passed_on(answer))

    async def _passed_on(self, answer: httpx.Response) -> AsyncIterator[bytes]:
        end = asyncio.Event()
        async with AsyncExitStack() as cleanup:
            cleanup.push_async_callback(answer.aclose)
            self._ends.add(end)
            cleanup.callback(self._ends.discard, end)
            chunks = answer.aiter_raw()
            ended = asyncio.create_task(end.wait())
            cleanup.callback(ended.cancel)
            while not self._closed:
                following = asyncio.ensure_future(anext(chunks, b""))
                await asyncio.wait({following, ended}, return_when=asyncio.FIRST_COMPLETED)
                if not following.done():
                    following.cancel()
                    with suppress(asyncio.CancelledError):
                        await following
                    return
                try:
                    chunk = following.result()
                except httpx.TransportError:
                    return  # the service has gone; the browser comes again by itself
                if not chunk:
                    return
                yield chunk


class _Relay(StreamingResponse):
    def __init__(self, content: AsyncIterator[bytes]) -> None:
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        super().__init__(content, headers=headers, media_type="text/event-stream")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["tera.stream"] = True  # open for an hour, which says nothing about how fast we are
        await super().__call__(scope, receive, send)

"""Server-sent events: a page that stays open and is told what changes.

A route makes its stream of the process's `Hub` and of ``look``, which says what is new::

    @router.get("/inbox/stream", response_class=EventStream)
    async def stream(...) -> EventStream:
        return EventStream(hub, key=f"{tenant}/{person}", look=look, after=last_event_id)
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Annotated, Final, TypeAlias

import structlog
from fastapi import Header
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from shared.db import is_transient
from shared.http.hub import Hub, Watch

HEARTBEAT_SECONDS: Final = 15.0
"""A comment is sent when nothing else was: proxies close what is silent."""
POLL_SECONDS: Final = 60.0
"""A stream looks by itself after so long: an announcement may be lost."""
LIFE_SECONDS: Final = 3600.0
"""Then it ends, and whoever reads it comes again: with a token that is still good."""
LOOK_AGAIN_SECONDS: Final = 2.0
"""After a look that failed for a reason that passes by."""

log = structlog.get_logger()

LastEventId = Annotated[
    str | None,
    Header(alias="last-event-id", max_length=100, description="Resume after this event"),
]
"""What a reader that comes again has seen last."""


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """``data`` is one JSON document; a later reader resumes after ``id``."""

    event: str
    data: str
    id: str | None = None

    def encoded(self) -> bytes:
        """As it is sent. Line breaks, which would end a field, are escaped inside JSON anyway."""
        lines = [f"event: {self.event}"]
        if self.id is not None:
            lines.append(f"id: {self.id}")
        lines += [f"data: {line}" for line in self.data.splitlines()]
        return ("\n".join(lines) + "\n\n").encode()


Look: TypeAlias = Callable[[str | None], Awaitable[Sequence[ServerEvent]]]
"""What is new after the event of this id, oldest first; with None: what a new reader needs to
begin with. Called again whenever the key was announced, and now and then, so mostly for nothing."""


class EventStream(Response):
    """Tells of what ``look`` finds until the reader goes, the server stops or an hour is over.

    The first look comes before the answer begins: what it raises is answered as a problem. Later
    ones are tried again while the database is away. One stream costs one waiting coroutine; only
    so many as the hub allows ask the database at the same time.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        hub: Hub,
        *,
        key: str,
        look: Look,
        after: str | None = None,
        heartbeat: float = HEARTBEAT_SECONDS,
        poll: float = POLL_SECONDS,
        status_code: int = 200,  # FastAPI reads the default for its description
    ) -> None:
        super().__init__(
            status_code=status_code,
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
            media_type=self.media_type,
        )
        del self.headers["content-length"]
        self._hub = hub
        self._key = key
        self._look = look
        self._seen = after
        self._heartbeat = heartbeat
        self._poll = poll

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # It is open for an hour, which says nothing about how fast we answer.
        scope["tera.stream"] = True
        with self._hub.watch(self._key) as watch:
            found = await self._new()
            await send(
                {
                    "type": "http.response.start",
                    "status": self.status_code,
                    "headers": self.raw_headers,
                }
            )
            leaving = asyncio.create_task(_until_left(receive, watch))
            try:
                await self._tell(send, [_retry(), *(event.encoded() for event in found)])
                await self._follow(watch, send)
            finally:
                leaving.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _follow(self, watch: Watch, send: Send) -> None:
        ends = monotonic() + LIFE_SECONDS
        look_at = monotonic() + self._poll * random.uniform(0.5, 1)  # noqa: S311 - spreads load
        while not watch.ended and monotonic() < ends:
            woken = await watch.woken(within=min(self._heartbeat, max(0.0, look_at - monotonic())))
            if watch.ended:
                return
            chunks: list[bytes] = []
            if woken or monotonic() >= look_at:
                look_at = monotonic() + self._poll
                try:
                    chunks = [event.encoded() for event in await self._new()]
                except Exception as error:
                    if not is_transient(error):
                        raise
                    look_at = monotonic() + LOOK_AGAIN_SECONDS * random.uniform(1, 2)  # noqa: S311
            if chunks or not woken:
                await self._tell(send, chunks or [b":\n\n"])

    async def _new(self) -> Sequence[ServerEvent]:
        async with self._hub.turn:
            found = await self._look(self._seen)
        for event in found:
            if event.id is not None:
                self._seen = event.id
        return found

    async def _tell(self, send: Send, chunks: Iterable[bytes]) -> None:
        body = b"".join(chunks)
        await send({"type": "http.response.body", "body": body, "more_body": True})


def _retry() -> bytes:
    """Milliseconds after which a reader comes again: not all of them at once."""
    return f"retry: {random.randint(1000, 4000)}\n\n".encode()  # noqa: S311


async def _until_left(receive: Receive, watch: Watch) -> None:
    message: Mapping[str, object] = {}
    while message.get("type") != "http.disconnect":
        message = await receive()
    watch.end()

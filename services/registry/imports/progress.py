"""An answer that tells how far the work is, line by line: application/x-ndjson."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import structlog
from pydantic import BaseModel
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.registry.imports.engine import Phase, Watch
from shared.http.problems import problem_document, problem_from

MEDIA_TYPE: Final = "application/x-ndjson"

log = structlog.get_logger()

Work = Callable[[Watch], Awaitable[BaseModel]]


class Progress(Response):
    """Lines `{"phase", "done", "total"}` while ``work`` runs, and `{"report"}` or `{"problem"}` as
    the last one: without a report nothing was stored. Whoever leaves ends the work: it is rolled
    back."""

    media_type = MEDIA_TYPE

    def __init__(self, work: Work) -> None:
        super().__init__(
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
            media_type=self.media_type,
        )
        del self.headers["content-length"]
        self._work = work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        lines: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def watch(phase: Phase, done: int, total: int) -> None:
            line = {"phase": phase, "done": done, "total": total}
            loop.call_soon_threadsafe(lines.put_nowait, line)

        working = asyncio.create_task(self._last_line(watch, lines))
        leaving = asyncio.create_task(_until_left(receive, working))
        try:
            start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await send(start)
            while True:
                line = await lines.get()
                body = json.dumps(line, ensure_ascii=False).encode() + b"\n"
                await send({"type": "http.response.body", "body": body, "more_body": True})
                if "phase" not in line:
                    break
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            leaving.cancel()
            working.cancel()
            await asyncio.wait([working])

    async def _last_line(self, watch: Watch, lines: asyncio.Queue[dict[str, Any]]) -> None:
        try:
            report = await self._work(watch)
            lines.put_nowait({"report": report.model_dump(mode="json", by_alias=True)})
        except asyncio.CancelledError:
            lines.put_nowait({"left": True})
            raise
        except Exception as error:
            problem = problem_from(error)
            if problem.slug == "internal-error":
                log.error("An import failed", action="import.failed", exc_info=error)
            lines.put_nowait({"problem": problem_document(problem)})


async def _until_left(receive: Receive, working: asyncio.Task[None]) -> None:
    message: Mapping[str, object] = {}
    while message.get("type") != "http.disconnect":
        message = await receive()
    working.cancel()

"""An ASGI app behind a real socket, in the event loop of the test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp

from shared.http.server import HttpServer
from tests.support.waiting import eventually


@asynccontextmanager
async def serving(app: ASGIApp, *, lifespan: bool = True) -> AsyncIterator[str]:
    """The base URL while the app is served on a free port."""
    server = HttpServer(app, host="127.0.0.1", port=0, graceful_seconds=1, lifespan=lifespan)
    running = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started or running.done()

    try:
        await eventually(started, every=0.005)
        yield server.address
    finally:
        server.stop()
        await running

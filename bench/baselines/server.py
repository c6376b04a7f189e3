"""The server of every service around the application of a baseline."""

import asyncio
import gc

import uvloop
from starlette.types import ASGIApp

from shared.http.server import HttpServer


def serve(app: ASGIApp, *, port: int, lifespan: bool = False) -> None:
    """Serve on this port until SIGTERM, with the event loop and settings of `tera serve`."""
    gc.set_threshold(20_000)
    server = HttpServer(app, host="127.0.0.1", port=port, graceful_seconds=1, lifespan=lifespan)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(server.serve())

"""uvicorn inside an event loop that is not its own."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Final

import uvicorn
from starlette.types import ASGIApp

_KEEP_ALIVE_SECONDS: Final = 30
_BACKLOG: Final = 2048


class PortTaken(Exception):  # noqa: N818 - says what happened
    """The address cannot be listened on."""


class _Server(uvicorn.Server):
    """Signals belong to the process, which may run two servers and a worker."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class HttpServer:
    """One ASGI app on one address. `port` 0 takes a free one; `address` says which."""

    def __init__(
        self, app: ASGIApp, *, host: str, port: int, graceful_seconds: int, lifespan: bool = True
    ) -> None:
        self._before_stop: Callable[[], None] | None = getattr(app, "before_stop", None)
        self._socket = _listening(host, port)
        bound = self._socket.getsockname()
        self.address = f"http://{host}:{bound[1]}"
        self.port: int = bound[1]
        self._server = _Server(
            uvicorn.Config(
                app,
                http="httptools",
                ws="none",
                lifespan="on" if lifespan else "off",
                access_log=False,
                log_config=None,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=graceful_seconds,
            )
        )

    @property
    def started(self) -> bool:
        """True once connections are accepted."""
        return self._server.started

    async def serve(self) -> None:
        """Serve until `stop`; RuntimeError when the application's start-up failed."""
        try:
            await self._server.serve(sockets=[self._socket])
        except SystemExit:
            # uvicorn leaves the process when the lifespan fails; the process is ours to end.
            raise RuntimeError("the application did not start; the log says why") from None
        finally:
            self._socket.close()

    def stop(self) -> None:
        """Take no new connections, finish the requests in hand, then return from `serve`. What an
        app does `before_stop` ends those that would never finish."""
        if self._before_stop is not None:
            self._before_stop()
        self._server.should_exit = True


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise PortTaken(
            f"Cannot listen on {host}:{port} ({error.strerror}): "
            "free the port or choose another with TERA_HTTP_PORT or TERA_METRICS_PORT."
        ) from error
    listener.setblocking(False)
    return listener

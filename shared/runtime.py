"""One process of a service: its HTTP server, its worker, its metrics, its end."""

import asyncio
import gc
import resource
import signal
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, Protocol

import structlog
import uvloop
from starlette.types import ASGIApp

from shared.dependencies import Dependency, wait_for
from shared.http.server import HttpServer
from shared.observability.exposition import exposition
from shared.settings import Settings

DEPENDENCY_SECONDS: Final = 120.0
GRACEFUL_SECONDS: Final = 20
_WORKER_STOP_SECONDS: Final = 30.0
# Batches make many short-lived objects; the default threshold spends a third of the time looking at
# them.
_GC_THRESHOLD: Final = 20_000

log = structlog.get_logger()


class ProcessFailed(Exception):  # noqa: N818 - says what happened
    """A part of the process ended that should not have; the process must end non-zero."""


class Worker(Protocol):
    """What works in the background of a service: relays, subscribers, timers.

    The process waits for `dependencies`, calls `start`, then `run`, which returns only after
    `stop`. An exception from `start` or `run` ends the process. `ready` and `alive` answer at once,
    from what is known.
    """

    @property
    def dependencies(self) -> Sequence[Dependency]: ...

    async def start(self) -> None: ...

    async def run(self) -> None: ...

    async def stop(self) -> None: ...

    def ready(self) -> bool: ...

    def alive(self) -> bool: ...


def run_process(
    *,
    api: ASGIApp | None,
    worker: Worker | None,
    settings: Settings,
    dependency_seconds: float = DEPENDENCY_SECONDS,
) -> None:
    """Run to the end in a uvloop of its own; raises what `run` raises."""
    gc.set_threshold(_GC_THRESHOLD)
    _allow_many_connections()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(
            run(api=api, worker=worker, settings=settings, dependency_seconds=dependency_seconds)
        )


def _allow_many_connections() -> None:
    """Each open stream is a file, and the customary limit of 1024 is meant for shells."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def run(
    *,
    api: ASGIApp | None,
    worker: Worker | None,
    settings: Settings,
    dependency_seconds: float = DEPENDENCY_SECONDS,
) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is in hand.

    Raises `PortTaken`, `Unreachable` (a dependency of the worker did not come) or `ProcessFailed`
    (a part died).
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    try:
        await _Process(api, worker, settings=settings, limit=dependency_seconds).run(stopping)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


class _Process:
    def __init__(
        self, api: ASGIApp | None, worker: Worker | None, *, settings: Settings, limit: float
    ) -> None:
        self.worker = worker
        self.limit = limit
        self.begun = False
        self.working = False
        self.api = self.metrics = None
        if api is not None:
            self.api = HttpServer(
                api,
                host=settings.http_host,
                port=settings.http_port,
                graceful_seconds=GRACEFUL_SECONDS,
            )
        if settings.metrics_port:
            self.metrics = HttpServer(
                exposition(alive=self._alive, ready=self._ready),
                host=settings.http_host,
                port=settings.metrics_port,
                graceful_seconds=1,
                lifespan=False,
            )

    async def run(self, stopping: asyncio.Event) -> None:
        parts = {
            name: asyncio.create_task(part, name=name)
            for name, part in (
                ("api", self.api.serve() if self.api else None),
                ("worker", self._work() if self.worker else None),
                ("metrics", self.metrics.serve() if self.metrics else None),
            )
            if part is not None
        }
        if self.api is not None:
            log.info(f"Serving {self.api.address}", action="http.serving", address=self.api.address)
        stop = asyncio.create_task(stopping.wait(), name="signal")
        try:
            await asyncio.wait([stop, *parts.values()], return_when=asyncio.FIRST_COMPLETED)
            if stop.done():
                log.info("Stopping", action="process.stopping")
            ended = [part for part in parts.values() if part.done()]
        finally:
            stop.cancel()
            await self._end(parts)
        for part in parts.values():
            if part in ended or (not part.cancelled() and part.exception() is not None):
                _explain(part)

    async def _work(self) -> None:
        assert self.worker is not None
        await wait_for(self.worker.dependencies, seconds=self.limit)
        self.begun = True
        await self.worker.start()
        self.working = True
        log.info("Working", action="worker.started")
        await self.worker.run()

    async def _end(self, parts: dict[str, asyncio.Task[None]]) -> None:
        """Requests first, then the work behind them, then the metrics that show both."""
        if self.api is not None:
            self.api.stop()
            await asyncio.wait([parts["api"]], timeout=GRACEFUL_SECONDS + 5)
        if self.worker is not None:
            await self._end_worker(parts["worker"])
        if self.metrics is not None:
            self.metrics.stop()
            await asyncio.wait([parts["metrics"]], timeout=5)
        for part in parts.values():
            part.cancel()
        await asyncio.gather(*parts.values(), return_exceptions=True)

    async def _end_worker(self, running: asyncio.Task[None]) -> None:
        assert self.worker is not None
        if not self.working:
            running.cancel()
            await asyncio.wait([running], timeout=_WORKER_STOP_SECONDS)
        if not self.begun:
            return
        self.working = False
        try:
            async with asyncio.timeout(_WORKER_STOP_SECONDS):
                await self.worker.stop()
                await asyncio.wait([running])
        except Exception as error:
            log.error(
                "The worker did not stop cleanly", action="worker.stop_failed", exc_info=error
            )

    def _ready(self) -> bool:
        api = self.api is None or self.api.started
        return api and (self.worker is None or (self.working and self.worker.ready()))

    def _alive(self) -> bool:
        return self.worker is None or not self.working or self.worker.alive()


def _explain(part: asyncio.Task[None]) -> None:
    """Raise why a part ended before it was asked to."""
    error = part.exception() if not part.cancelled() else None
    name = part.get_name()
    log.critical(f"The {name} ended by itself", action="process.part_ended", exc_info=error)
    if error is None:
        raise ProcessFailed(f"The {name} ended by itself, so the process ends too.")
    if type(error).__module__.startswith("shared."):
        raise error
    reason = f"{type(error).__name__}: {error}"
    raise ProcessFailed(f"The {name} failed, so the process ends too: {reason}") from error

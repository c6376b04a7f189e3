"""One ear per process: who waits for a change hears of it, however many wait."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import asyncpg
import structlog
from prometheus_client import Gauge

from shared.backoff import delays
from shared.db import is_transient
from shared.messaging.bell import EVERYBODY, STREAMS_CHANNEL

LOOKS_AT_ONCE: Final = 4
"""Streams that ask the database at the same time: requests need connections too."""
_PROBE_SECONDS: Final = 10.0

log = structlog.get_logger()


class Watch:
    """Somebody who waits. ``ended`` is final: look no more, say goodbye."""

    __slots__ = ("_waiter", "_woken", "ended")

    def __init__(self) -> None:
        self.ended = False
        self._woken = False
        self._waiter: asyncio.Future[None] | None = None

    def wake(self) -> None:
        """Something may have changed. Synchronous and cheap."""
        self._woken = True
        if self._waiter is not None:
            _settle(self._waiter)

    def end(self) -> None:
        self.ended = True
        self.wake()

    async def woken(self, *, within: float) -> bool:
        """Wait until ``wake``, at most so many seconds; whether it came. One at a time waits."""
        if not self._woken:
            loop = asyncio.get_running_loop()
            self._waiter = waiter = loop.create_future()
            alarm = loop.call_later(within, _settle, waiter)
            try:
                await waiter
            finally:
                alarm.cancel()
                self._waiter = None
        came, self._woken = self._woken, False
        return came


def _settle(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


class Hub:
    """LISTENs on one connection and wakes those who watch a key that was announced (`Bell`).

    It connects again by itself and then wakes everybody; an announcement that was lost does not
    matter, since streams look by themselves now and then. ``close`` is for the moment before the
    server stops: it ends every stream, so that none keeps the process. ``open_streams`` shows how
    many there are.
    """

    def __init__(
        self, url: str, *, open_streams: Gauge | None = None, looks_at_once: int = LOOKS_AT_ONCE
    ) -> None:
        self.turn = asyncio.Semaphore(looks_at_once)
        self._url = url
        self._gauge = open_streams
        self._watches: dict[str, set[Watch]] = {}
        self._closed = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to listen. Returns at once, whether the database can be reached or not."""
        self._task = asyncio.create_task(self._keep_listening(), name="hub")

    async def stop(self) -> None:
        """End the streams and the connection."""
        self.close()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def close(self) -> None:
        """End every stream, also those that come from now on. Synchronous."""
        self._closed = True
        for watch in self._everybody():
            watch.end()

    @contextmanager
    def watch(self, key: str) -> Iterator[Watch]:
        """Be woken whenever ``key`` is announced, from now on."""
        watch = Watch()
        if self._closed:
            watch.end()
        self._watches.setdefault(key, set()).add(watch)
        if self._gauge is not None:
            self._gauge.inc()
        try:
            yield watch
        finally:
            if self._gauge is not None:
                self._gauge.dec()
            watching = self._watches[key]
            watching.remove(watch)
            if not watching:
                del self._watches[key]

    def _everybody(self) -> Iterator[Watch]:
        for watching in list(self._watches.values()):
            yield from list(watching)

    def _hear(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        keys = str(payload).split(",")
        if EVERYBODY in keys:  # others may have been announced after it
            self._wake_everybody()
            return
        for key in keys:
            for watch in self._watches.get(key, ()):
                watch.wake()

    def _wake_everybody(self) -> None:
        for watch in self._everybody():
            watch.wake()

    async def _keep_listening(self) -> None:
        waits = delays()
        while True:
            try:
                connection = await asyncpg.connect(self._url, timeout=5, command_timeout=5)
                try:
                    await connection.add_listener(STREAMS_CHANNEL, self._hear)
                    waits = delays()
                    self._wake_everybody()  # what was announced meanwhile was not heard
                    await _until_lost(connection)
                finally:
                    connection.terminate()
            except Exception as error:
                if not is_transient(error):
                    log.exception("Listening for changes failed; it goes on", action="hub.failed")
            log.warning(
                "The connection that hears of changes is lost; streams look by themselves",
                action="hub.lost",
            )
            await asyncio.sleep(next(waits))


async def _until_lost(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Return, or raise, once the connection no longer answers."""
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _: lost.set())
    while not lost.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(lost.wait(), _PROBE_SECONDS)
            return
        await connection.execute("select")

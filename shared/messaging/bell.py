"""Wake the relay after a commit, rarely enough that it costs the commit nothing.

A NOTIFY inside the intake's transaction made commits three times slower: it takes a lock that all
committers share.
"""

import asyncio
from contextlib import suppress

import asyncpg
import structlog

from shared.db import is_transient
from shared.messaging.backoff import delays

OUTBOX_CHANNEL = "tera_outbox"
PAUSE = 0.02
"""Seconds between two rings of one process."""

log = structlog.get_logger()


class Bell:
    """NOTIFY on a connection of its own, at most once per 20 ms and process.

    ``ring()`` is called after the transaction was committed. It is synchronous, cheap, and never
    raises: a bell that cannot be heard now rings when its connection is back, and the relay's slow
    poll finds the rows anyway.
    """

    def __init__(self, url: str, channel: str = OUTBOX_CHANNEL) -> None:
        self._url = url
        self._channel = channel
        self._wanted = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def ring(self) -> None:
        self._wanted.set()

    async def start(self) -> None:
        """Begin to ring. Returns at once, whether the database can be reached or not."""
        self._task = asyncio.create_task(self._keep_ringing(), name="bell")

    async def stop(self) -> None:
        """Ring once more if needed, then close. Waits two seconds at most."""
        if self._task is None:
            return
        self._stopping = True
        self._wanted.set()
        with suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(self._task, timeout=2)
        self._task = None

    async def _keep_ringing(self) -> None:
        waits = delays()
        while not self._stopping:
            try:
                connection = await asyncpg.connect(self._url, timeout=5, command_timeout=5)
                try:
                    waits = delays()
                    await self._ring_on(connection)
                finally:
                    connection.terminate()
            except Exception as error:
                if not is_transient(error):
                    log.exception("The bell failed; it goes on", action="bell.failed")
                log.warning(
                    "The bell lost its connection; the relay polls meanwhile",
                    action="bell.lost",
                    error=type(error).__name__,
                )
                self._wanted.set()  # what was rung meanwhile is rung again
                await asyncio.sleep(next(waits))

    async def _ring_on(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        while not self._stopping:
            await self._wanted.wait()
            self._wanted.clear()
            await connection.execute("select pg_notify($1, '')", self._channel)
            await asyncio.sleep(PAUSE)

"""Wake the relay and open streams after a commit, rarely enough that it costs the commit nothing.

A NOTIFY inside the intake's transaction made commits three times slower: it takes a lock that all
committers share.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final

import asyncpg
import structlog

from shared.backoff import delays
from shared.db import is_transient

OUTBOX_CHANNEL: Final = "tera_outbox"
STREAMS_CHANNEL: Final = "tera_streams"
EVERYBODY: Final = "*"
"""Announced instead of keys where there are too many of them."""
PAUSE: Final = 0.02
"""Seconds between two rings of one process."""
_MOST_KEYS: Final = 5_000
_LONGEST_PAYLOAD: Final = 7_500
"""Bytes; PostgreSQL takes 8,000."""

_NOTIFY: Final = """
select pg_notify(channel, payload) from unnest($1::text[], $2::text[]) as n(channel, payload)
"""

log = structlog.get_logger()


class Bell:
    """NOTIFY on a connection of its own, at most once per 20 ms and process.

    ``ring()`` is called after the transaction was committed. It is synchronous, cheap, and never
    raises: a bell that cannot be heard now rings when its connection is back, and the relay's slow
    poll finds the rows anyway. ``announce(keys)`` is the same for the streams of `shared.http.hub`
    that wait for something with one of these keys (``<tenant>/<id>``, without commas).
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._outbox = False
        self._keys: set[str] = set()
        self._wanted = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def ring(self) -> None:
        self._outbox = True
        self._wanted.set()

    def announce(self, keys: Iterable[str]) -> None:
        self._keys.update(keys)
        if len(self._keys) > _MOST_KEYS:
            self._keys = {EVERYBODY}
        if self._keys:
            self._wanted.set()

    async def start(self) -> None:
        """Begin to ring. Returns at once, whether the database can be reached or not."""
        self._task = asyncio.create_task(self._keep_ringing(), name="bell")

    async def stop(self) -> None:
        """Ring once more if needed, then close. Waits two seconds at most."""
        if self._task is None:
            return
        self._stopping = True
        self.ring()
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
                self._outbox = True  # what was rung meanwhile is rung again
                self._wanted.set()
                await asyncio.sleep(next(waits))

    async def _ring_on(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        while not self._stopping:
            await self._wanted.wait()
            self._wanted.clear()
            keys = self._keys
            calls = [(STREAMS_CHANNEL, payload) for payload in _payloads(keys)]
            if self._outbox:
                calls.append((OUTBOX_CHANNEL, ""))
            self._outbox, self._keys = False, set()
            try:
                await connection.execute(_NOTIFY, *map(list, zip(*calls, strict=True)))
            except BaseException:
                self.announce(keys)
                raise
            await asyncio.sleep(PAUSE)


def _payloads(keys: Iterable[str]) -> Iterator[str]:
    """The keys, joined by commas, in as few notifications as will take them."""
    joined = ""
    for key in keys:
        if joined and len(joined) + len(key) >= _LONGEST_PAYLOAD:
            yield joined
            joined = ""
        joined = f"{joined},{key}" if joined else key
    if joined:
        yield joined

"""Many requests, one commit: durability costs one fsync for all that wait.

Knows nothing of answers: it is given the function that stores a group in one transaction.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter
from typing import Final, Generic, TypeVar

import structlog

from shared.db import is_transient
from shared.observability.metrics import INTAKE_FLUSH_SECONDS, INTAKE_GROUP_SIZE

Request = TypeVar("Request")
Outcome = TypeVar("Outcome")

StoreGroup = Callable[[Sequence[Request]], Awaitable[Sequence[Outcome]]]
"""Stores all requests in one transaction and returns, after its commit, one outcome for each.

When it raises, nothing of the group is stored."""

log = structlog.get_logger()


class BusyError(Exception):
    """Too many requests wait already, or the process is ending: come back in a moment."""


class UnavailableError(Exception):
    """The database did not confirm the group: whether it was stored is not known."""


class NotStorableError(Exception):
    """The database refuses this one request; ``__cause__`` says why. Its neighbours are stored."""


_Waiting = tuple[Request, asyncio.Future[Outcome]]


class GroupCommit(Generic[Request, Outcome]):
    """Collects requests while earlier groups are being committed, then commits them together.

    One group of at most ``most`` requests is under way; while it is, up to ``flushers`` in all, but
    a further one only where it is full: a group costs five round trips, whatever its size. At most
    ``waiting`` requests queue.
    """

    def __init__(
        self,
        store: StoreGroup[Request, Outcome],
        *,
        flushers: int = 2,
        most: int = 128,
        waiting: int = 4096,
    ) -> None:
        self._store = store
        self._flushers: Final = flushers
        self._most: Final = most
        self._room: Final = waiting
        self._under_way = 0
        self._queue: deque[_Waiting[Request, Outcome]] = deque()
        self._worth_it = asyncio.Event()
        self._ending = False
        self._tasks: list[asyncio.Task[None]] = []

    async def submit(self, request: Request) -> Outcome:
        """Wait until the request is committed.

        A caller that is cancelled meanwhile harms nobody; its request may be stored or not.
        Raises ``BusyError``, ``UnavailableError`` or ``NotStorableError``.
        """
        if self._ending or len(self._queue) >= self._room:
            raise BusyError
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._queue.append((request, future))
        self._weigh()
        return await future

    def start(self) -> None:
        """Begin to commit."""
        self._tasks = [
            asyncio.create_task(self._flush_forever(), name=f"group-commit-{number}")
            for number in range(self._flushers)
        ]

    async def stop(self) -> None:
        """Commit what waits, take nothing new, end."""
        self._ending = True
        self._weigh()
        await asyncio.gather(*self._tasks)

    async def _flush_forever(self) -> None:
        while True:
            await self._worth_it.wait()
            await asyncio.sleep(0)  # let every request that has arrived queue first
            if group := self._next_group():
                self._under_way += 1
                try:
                    await self._flush(group)
                finally:
                    self._under_way -= 1
            if self._ending and not self._queue:
                return
            self._weigh()

    def _weigh(self) -> None:
        """Wake the flushers where there is a group to take, else let them sleep."""
        waiting = len(self._queue)
        if self._ending or waiting >= self._most or (waiting and not self._under_way):
            self._worth_it.set()
        else:
            self._worth_it.clear()

    def _next_group(self) -> list[_Waiting[Request, Outcome]]:
        size = min(self._most, len(self._queue))
        if self._under_way and size < self._most and not self._ending:
            return []
        taken = [self._queue.popleft() for _ in range(size)]
        return [waiting for waiting in taken if not waiting[1].done()]

    async def _flush(self, group: list[_Waiting[Request, Outcome]]) -> None:
        started = perf_counter()
        try:
            outcomes = await self._store([request for request, _ in group])
        except Exception as error:
            await self._fail(group, error)
            return
        INTAKE_GROUP_SIZE.observe(len(group))
        INTAKE_FLUSH_SECONDS.observe(perf_counter() - started)
        for (_, future), outcome in zip(group, outcomes, strict=True):
            if not future.done():
                future.set_result(outcome)

    async def _fail(self, group: list[_Waiting[Request, Outcome]], error: Exception) -> None:
        """Find the bad request by halves; an error that passes by itself fails the whole group."""
        if is_transient(error):
            log.warning(
                "A group of answers could not be committed",
                action="intake.unavailable",
                error=type(error).__name__,
                requests=len(group),
            )
            for _, future in group:
                _raise_in(future, UnavailableError(), error)
        elif len(group) == 1:
            _raise_in(group[0][1], NotStorableError(), error)
        else:
            middle = len(group) // 2
            await self._flush(group[:middle])
            await self._flush(group[middle:])


def _raise_in(future: "asyncio.Future[Outcome]", verdict: Exception, cause: Exception) -> None:
    if not future.done():
        verdict.__cause__ = cause
        future.set_exception(verdict)

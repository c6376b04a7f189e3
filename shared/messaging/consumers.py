"""The consumers of one worker process: started together, watched, stopped in order."""

from collections.abc import Callable, Sequence
from typing import Any

from shared.db import Pool
from shared.messaging.consumer import Consumer


class Consumers:
    """Runs consumer definitions of one service on one pool (worker login)::

        worker = Consumers(consumers(settings, pool), pool=pool, bootstrap=..., prefix=...,
                           on_committed=lambda consumer: bell.ring())
        await worker.start()
        ...
        await worker.stop()     # then close the pool

    ``on_committed(consumer)`` is called after each batch that was committed: synchronous and cheap;
    it rings bells and sets events.
    """

    def __init__(
        self,
        definitions: Sequence[Consumer[Any]],
        *,
        pool: Pool,
        bootstrap: str,
        prefix: str = "",
        on_committed: Callable[[Consumer[Any]], None] | None = None,
        bad_in_a_row: int = 100,
    ) -> None:
        raise NotImplementedError

    async def start(self, *, wait: float = 60.0) -> None:
        """Wait for Kafka and the topics, at most ``wait`` seconds, then begin to consume.

        Raises ``NotStarted`` with what to do (start the broker, ``tera topics create``): the
        process exits non-zero.
        """
        raise NotImplementedError

    def ready(self) -> bool:
        """True once every consumer has its assignment."""
        raise NotImplementedError

    def alive(self) -> bool:
        """False where a consumer has halted or stands still with records before it."""
        raise NotImplementedError

    async def stop(self) -> None:
        """Finish the batches in hand, commit their offsets, leave the groups."""
        raise NotImplementedError

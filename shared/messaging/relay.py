"""Publish the outbox: in order per key, nothing lost, nothing stale (promise G2)."""


class Relay:
    """Publishes the outbox of one service; any number of them may run.

    ``url`` is the worker login's; the relay opens one direct connection of its own (advisory locks
    and LISTEN: no transaction pooler in between).
    """

    def __init__(self, url: str, *, bootstrap: str, service: str, prefix: str = "") -> None:
        raise NotImplementedError

    async def start(self) -> None:
        """Begin in the background. Returns at once; waits for PostgreSQL and Kafka by itself."""
        raise NotImplementedError

    def alive(self) -> bool:
        """False where the relay's own task has ended, which is a fault."""
        raise NotImplementedError

    async def stop(self) -> None:
        """Finish the batches in hand, give the shards back, close."""
        raise NotImplementedError

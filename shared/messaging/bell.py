"""Wake the relay after a commit, rarely enough that it costs the commit nothing."""

OUTBOX_CHANNEL = "tera_outbox"


class Bell:
    """NOTIFY on a connection of its own, at most once per 20 ms and process.

    ``ring()`` is called after the transaction was committed. It is synchronous, cheap, and never
    raises: a bell that cannot be heard now rings when its connection is back, and the relay's slow
    poll finds the rows anyway.
    """

    def __init__(self, url: str, channel: str = OUTBOX_CHANNEL) -> None:
        raise NotImplementedError

    def ring(self) -> None:
        raise NotImplementedError

    async def start(self) -> None:
        """Begin to ring. Returns at once, whether the database can be reached or not."""
        raise NotImplementedError

    async def stop(self) -> None:
        """Ring once more if needed, then close. Waits two seconds at most."""
        raise NotImplementedError

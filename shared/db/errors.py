"""Which database errors pass by themselves."""

import asyncpg

_TRANSIENT_STATES = (
    "08",  # connection exceptions
    "40001",  # serialization failure
    "40P01",  # deadlock
    "53",  # insufficient resources: too many connections, out of memory, disk full
    "55P03",  # lock not available in time
    "57P",  # operator intervention: shutting down, starting up, crash
    "25P02",  # the transaction was aborted by one of the above
)


def is_transient(error: BaseException) -> bool:
    """True where trying the same again later may succeed: nothing is wrong with the data."""
    if isinstance(error, asyncpg.PostgresError):
        return str(getattr(error, "sqlstate", "") or "").startswith(_TRANSIENT_STATES)
    if isinstance(error, asyncpg.InternalClientError):
        # A session that the server ended while it was idle: asyncpg meets the farewell in a state
        # it does not expect. The connection is gone, nothing more.
        return True
    if isinstance(error, asyncpg.InterfaceError):
        # asyncpg reports a connection lost under a caller this way, and the pool, which has taken
        # it away by then, in words of its own; misuse has no such words.
        said = str(error)
        return "connection" in said and ("closed" in said or "released back to the pool" in said)
    return isinstance(error, OSError | TimeoutError)

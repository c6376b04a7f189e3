"""Identifiers that rise with time, so that new rows go to the end of an index."""

import os
import time
from uuid import UUID

# A UUID like any other, which the driver encodes and prints several times faster.
from asyncpg.pgproto.pgproto import UUID as DatabaseUUID  # noqa: N811


def uuid7() -> UUID:
    """A version 7 UUID (RFC 9562): 48 bits of Unix milliseconds, then 74 random bits."""
    random = os.urandom(10)
    made: UUID = DatabaseUUID(
        (time.time_ns() // 1_000_000).to_bytes(6)
        + bytes((0x70 | random[0] & 0x0F, random[1], 0x80 | random[2] & 0x3F))
        + random[3:]
    )
    return made

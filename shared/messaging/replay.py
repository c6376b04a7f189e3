"""Give a dead letter to its consumer again: the very code that refused it, one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.db import Pool, is_transient, transaction
from shared.messaging.bell import OUTBOX_CHANNEL
from shared.messaging.consumer import Consumer
from shared.messaging.dead_letters import (
    DeadLetter,
    Parked,
    find_letter,
    lock_parked,
    mark_replayed,
    mark_still_bad,
    verdict,
)


class NotReplayable(Exception):  # noqa: N818 - it reads as a sentence
    """The letter is not there, not parked any more, or nobody here reads its topic."""


@dataclass(frozen=True)
class Replayed:
    """What became of a letter; ``still_bad`` says why it stays parked."""

    letter: DeadLetter
    still_bad: Parked | None = None


async def replay(
    pool: Pool,
    letter_id: int,
    *,
    consumers: Sequence[Consumer[Any]],
    prefix: str = "",
    body: bytes | None = None,
) -> Replayed:
    """Decode and handle one letter, with ``body`` instead of its value where given; the stored
    record stays as it was. The effects and the mark "replayed" are one transaction.

    Raises ``NotReplayable``, and what passes by (a lost connection) as it is.
    """
    letter = await _find(pool, letter_id)
    consumer = _consumer_of(letter, consumers, prefix)
    record = letter.record if body is None else letter.record._replace(value=body)
    decoding = True
    try:
        item = consumer.decode(record)
        decoding = False
        async with transaction(pool) as connection:
            if await lock_parked(connection, letter_id) is None:
                raise NotReplayable(f"dead letter {letter_id} is being replayed by somebody else")
            committed = await consumer.handle(connection, [item])
            await mark_replayed(connection, letter_id)
            await connection.execute("select pg_notify($1, '')", OUTBOX_CHANNEL)
    except NotReplayable:
        raise
    except Exception as error:
        if is_transient(error):
            raise
        bad = verdict(record, error, decoding=decoding)
    else:
        if committed:
            committed()
        return Replayed(letter)
    async with transaction(pool) as connection:
        await mark_still_bad(connection, letter_id, bad)
    return Replayed(letter, still_bad=bad)


async def _find(pool: Pool, letter_id: int) -> DeadLetter:
    async with transaction(pool) as connection:
        letter = await find_letter(connection, letter_id)
    if letter is None:
        raise NotReplayable(f"there is no dead letter {letter_id}")
    if letter.status != "parked":
        raise NotReplayable(f"dead letter {letter_id} was replayed at {letter.replayed_at}")
    return letter


def _consumer_of(
    letter: DeadLetter, consumers: Sequence[Consumer[Any]], prefix: str
) -> Consumer[Any]:
    for consumer in consumers:
        if consumer.group(prefix) == letter.group:
            return consumer
    raise NotReplayable(
        f"no consumer of this version has the group {letter.group}: "
        "replay with the version that has it, or set TERA_TOPIC_PREFIX"
    )

"""Records that a service could not take: set aside untouched, each with its reason (promise G4)."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

import asyncpg
from pydantic import ValidationError

from shared.db import Connection
from shared.messaging.consumer import Refused
from shared.messaging.records import Headers, Record

_PARK = """
insert into dead_letters (consumer_group, topic, partition, record_offset, key, value, headers,
                          reason, detail)
select $1, i.topic, i.partition, i.record_offset, i.key, i.value, i.headers, i.reason, i.detail
from unnest($2::text[], $3::int[], $4::bigint[], $5::bytea[], $6::bytea[], $7::jsonb[],
            $8::text[], $9::text[])
     as i(topic, partition, record_offset, key, value, headers, reason, detail)
on conflict (consumer_group, topic, partition, record_offset) do nothing
"""
_COLUMNS = """id, consumer_group, topic, partition, record_offset, key, value, headers::text,
reason, detail, status, parked_at, replayed_at"""


class Parked(NamedTuple):
    """A record and why it is set aside."""

    record: Record
    reason: str
    detail: str


Status = Literal["parked", "replayed"]


@dataclass(frozen=True)
class DeadLetter:
    """A row of ``dead_letters``; ``record`` is as it stood on the topic."""

    id: int
    group: str
    record: Record
    reason: str
    detail: str
    status: Status
    parked_at: datetime
    replayed_at: datetime | None


def verdict(record: Record, error: BaseException, *, decoding: bool = False) -> Parked:
    """Why ``error`` condemns ``record``: a stable slug, and a detail that names rules and places
    but never repeats a value of the record."""
    if isinstance(error, Refused):
        return Parked(record, error.reason, error.detail)
    if isinstance(error, asyncpg.IntegrityConstraintViolationError | asyncpg.DataError):
        rule = getattr(error, "constraint_name", None) or type(error).__name__
        table = getattr(error, "table_name", None)
        return Parked(record, "rule-violated", f"{table}: {rule}" if table else str(rule))
    reason = "undecodable" if decoding else _slug(type(error).__name__)
    if isinstance(error, ValidationError):
        return Parked(record, reason, _fields(error))
    return Parked(record, reason, f"{type(error).__name__} {_place(error)}".strip())


def _fields(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['type']}" for e in found[:20])


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    if trace is None:
        return ""
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    return f"in {code.co_name} of {trace.tb_frame.f_globals.get('__name__', '?')}"


def _slug(name: str) -> str:
    words = "".join(f"-{c.lower()}" if c.isupper() else c for c in name)
    return words.lstrip("-").removesuffix("-error") or "error"


async def park(connection: Connection, group: str, letters: Sequence[Parked]) -> None:
    """Set records aside in the caller's transaction; one that is parked already stays as it is."""
    if not letters:
        return
    records = [letter.record for letter in letters]
    await connection.execute(
        _PARK,
        group,
        [record.topic for record in records],
        [record.partition for record in records],
        [record.offset for record in records],
        [record.key for record in records],
        [record.value for record in records],
        [_headers_to_json(record.headers) for record in records],
        [letter.reason for letter in letters],
        [letter.detail for letter in letters],
    )


async def list_letters(
    connection: Connection, *, status: Status | None = "parked", limit: int = 100
) -> list[DeadLetter]:
    """The oldest first. ``status`` None lists all."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from dead_letters where $1::text is null or status = $1 "  # noqa: S608
        "order by id limit $2",
        status,
        limit,
    )
    return [_letter(row) for row in rows]


async def find_letter(connection: Connection, letter_id: int) -> DeadLetter | None:
    row = await connection.fetchrow(
        f"select {_COLUMNS} from dead_letters where id = $1",  # noqa: S608
        letter_id,
    )
    return _letter(row) if row else None


async def parked_ids(connection: Connection) -> list[int]:
    """All that wait, the oldest first."""
    rows = await connection.fetch("select id from dead_letters where status = 'parked' order by id")
    return [row["id"] for row in rows]


async def lock_parked(connection: Connection, letter_id: int) -> DeadLetter | None:
    """The letter, locked until the end of the transaction; None where it is not parked (any more)
    or somebody else replays it now."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from dead_letters "  # noqa: S608
        "where id = $1 and status = 'parked' for update skip locked",
        letter_id,
    )
    return _letter(row) if row else None


async def mark_replayed(connection: Connection, letter_id: int) -> None:
    await connection.execute(
        "update dead_letters set status = 'replayed', replayed_at = clock_timestamp() "
        "where id = $1",
        letter_id,
    )


async def mark_still_bad(connection: Connection, letter_id: int, letter: Parked) -> None:
    """The letter stays parked, under the reason of the latest attempt."""
    await connection.execute(
        "update dead_letters set reason = $2, detail = $3 where id = $1 and status = 'parked'",
        letter_id,
        letter.reason,
        letter.detail,
    )


async def parked_by_group(connection: Connection) -> dict[str, int]:
    """How many letters wait for somebody, by consumer group."""
    rows = await connection.fetch(
        "select consumer_group, count(*) filter (where status = 'parked') as parked "
        "from dead_letters group by consumer_group"
    )
    return {row["consumer_group"]: row["parked"] for row in rows}


async def parked_lately(connection: Connection, group: str, *, limit: int) -> int:
    """Records this group parked in the last quarter of an hour, at most ``limit``."""
    found: int = await connection.fetchval(
        "select count(*) from (select from dead_letters where consumer_group = $1 "
        "and parked_at > clock_timestamp() - interval '15 minutes' limit $2) as parked",
        group,
        limit,
    )
    return found


def _headers_to_json(headers: Headers) -> str:
    return json.dumps([[_printable(name), _value_to_json(value)] for name, value in headers])


def _printable(text: str) -> str:
    return text.replace("\0", "\ufffd")


def _value_to_json(value: bytes | None) -> str | dict[str, str] | None:
    if value is None:
        return None
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = "\0"
    # jsonb holds neither bytes nor NUL.
    return {"base64": base64.b64encode(value).decode()} if "\0" in text else text


def _headers_from_json(headers: str) -> Headers:
    return tuple((name, _value_from_json(value)) for name, value in json.loads(headers))


def _value_from_json(value: str | dict[str, str] | None) -> bytes | None:
    if isinstance(value, dict):
        return base64.b64decode(value["base64"])
    return None if value is None else value.encode()


def _letter(row: Any) -> DeadLetter:
    return DeadLetter(
        id=row["id"],
        group=row["consumer_group"],
        record=Record(
            row["topic"],
            row["partition"],
            row["record_offset"],
            row["key"],
            row["value"],
            _headers_from_json(row["headers"]),
        ),
        reason=row["reason"],
        detail=row["detail"],
        status=row["status"],
        parked_at=row["parked_at"],
        replayed_at=row["replayed_at"],
    )

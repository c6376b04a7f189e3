"""What a dead letter says, and what it keeps to itself."""

import asyncpg
import pytest
from pydantic import ValidationError

from shared.contracts import PersonChanged, SurveyAnswered
from shared.db import transaction
from shared.messaging.consumer import Refused, decode_event
from shared.messaging.dead_letters import find_letter, list_letters, park, verdict
from shared.messaging.records import Record
from tests.messaging.probe import Probe

SECRET = "3275011708450001"
ODD = (("ce_type", b"a"), ("nothing", None), ("binary", b"\xff\x00"), ("empty", b""))
RECORD = Record("facts", 3, 17, b"\xff\x00key", b"\x00" + SECRET.encode(), ODD)


def raised_by(body: bytes) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        SurveyAnswered.read(body)
    return caught.value


def test_reasons_repeat_no_value() -> None:
    unique = asyncpg.UniqueViolationError(f"Key (id)=({SECRET}) already exists.")
    for error in (
        raised_by(f'{{"fact_id": "{SECRET}", "scores": {{"waktu": {SECRET}}}}}'.encode()),
        raised_by(SECRET.encode()),
        KeyError(SECRET),
        unique,
        ValueError(SECRET),
    ):
        letter = verdict(RECORD, error)
        assert SECRET not in letter.reason + letter.detail
        assert letter.reason.replace("-", "").isalpha()


def test_fields_are_named() -> None:
    detail = verdict(RECORD, raised_by(b'{"scores": {"waktu": 5}}'), decoding=True).detail
    assert "fact_id: missing" in detail
    assert "scores.waktu: less_than_equal" in detail


def test_a_refusal_speaks_for_itself() -> None:
    assert verdict(RECORD, Refused("unknown-unit", "unit of no tenant"))[1:] == (
        "unknown-unit",
        "unit of no tenant",
    )


def test_an_unknown_kind_is_undecodable() -> None:
    with pytest.raises(Refused) as caught:
        decode_event(RECORD)
    assert caught.value.reason == "undecodable"
    known = RECORD._replace(headers=(("ce_type", PersonChanged.type.encode()),))
    with pytest.raises(ValidationError):
        decode_event(known)


async def test_a_record_is_kept_byte_for_byte(probe: Probe) -> None:
    letter = verdict(RECORD, ValueError())
    async with transaction(probe.pool) as connection:
        await park(connection, "group", [letter])
        await park(connection, "group", [letter._replace(reason="other")])
        await park(connection, "another group", [letter])
    async with transaction(probe.pool) as connection:
        first, second = await list_letters(connection)
        assert await find_letter(connection, second.id) == second
    assert first.record == RECORD
    assert (first.group, first.reason, first.status) == ("group", "value", "parked")

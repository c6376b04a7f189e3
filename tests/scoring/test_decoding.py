"""The fast reading of facts accepts nothing that the contract refuses, and gives the same rows."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.ledger.consumers import decode_fact, decode_facts
from shared.contracts import ELEMENTS, SurveyAnswered
from shared.contracts.frozen_schemas import example
from shared.messaging.consumer import Refused
from shared.messaging.records import Record

KIND = (("ce_type", SurveyAnswered.type.encode()),)


def record(body: bytes) -> Record:
    return Record(SurveyAnswered.topic, 0, 0, b"key", body, KIND)


def agree(body: bytes) -> bool:
    """Whether both read it, alike; the fast one may refuse, which hands over to the other."""
    try:
        fast = decode_facts([record(body)])[0]
    except Exception:
        return False
    slow = decode_fact(record(body))
    assert fast == slow
    assert [type(value) for value in fast[:4]] == [type(value) for value in slow[:4]]
    return True


moments = st.sampled_from(
    [
        "2026-11-12T05:00:00Z", "2026-11-12T05:00:00.123456+07:00", "2026-11-12 05:00:00Z",
        "2026-11-12T05:00:00", "2026-11-12T05:00:00.123456789Z", "2026-11-12t05:00:00z",
        "2026-11-12T05:00Z", "2026-11-12T24:00:00Z", "2026-02-30T00:00:00Z", "1763000000",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "1999-12-30T23:59:59Z",
        "1999-12-31T23:59:59-07:00", "2200-01-01T00:00:00+07:00",
        "2026-11-12T05:00:60Z", "2026-11-12T05:00:00-0700", "2026-11-12T05:00:00+24:00",
        "2026-11-12T05:00:00.9999999Z", "20261112T050000Z", 1763000000, 1.5, None, "",
    ]
)  # fmt: skip
ids = st.sampled_from(
    [
        "0198f1d2-7c1a-7b3e-9a51-3f0d2c4b5a69", "0198F1D2-7C1A-7B3E-9A51-3F0D2C4B5A69",
        "0198f1d27c1a7b3e9a513f0d2c4b5a69", "{0198f1d2-7c1a-7b3e-9a51-3f0d2c4b5a69}",
        "urn:uuid:0198f1d2-7c1a-7b3e-9a51-3f0d2c4b5a69", "0198f1d2", "", None, 5,
    ]
)  # fmt: skip
loose = st.sampled_from(
    [0, 1, 2, 4, 5, -1, 3.0, 3.5, 1e0, "3", "", True, False, None, [], {}, 2**31]
)
scores = st.dictionaries(st.sampled_from([*ELEMENTS, "u9"]), loose, max_size=9)
fields = st.fixed_dictionaries(
    {},
    optional={
        "tenant_id": ids, "fact_id": ids, "unit_id": ids, "service_id": ids, "officer_id": ids,
        "occurred_at": moments, "received_at": moments, "revision": loose, "counted": loose,
        "state": st.sampled_from(["accepted", "parked", "withdrawn", "Accepted", "", None, 1]),
        "channel": st.sampled_from(["ticket", "walk_in", "paper", "phone", None]),
        "scores": scores | st.none() | st.just([]), "newer": loose,
    },
)  # fmt: skip


def good() -> dict[str, Any]:
    body: dict[str, Any] = json.loads(example(SurveyAnswered))
    return body


def test_the_frozen_example_is_read_fast() -> None:
    assert agree(json.dumps(good()).encode())


def test_what_we_write_is_read_fast() -> None:
    event = SurveyAnswered.model_validate(good())
    assert agree(event.body())
    assert agree(event.model_copy(update={"officer_id": None}).body())


@settings(max_examples=800)
@given(fields, st.sets(st.sampled_from(sorted(SurveyAnswered.model_fields)), max_size=2))
def test_both_readings_agree(changes: dict[str, Any], dropped: set[str]) -> None:
    body = {k: v for k, v in (good() | changes).items() if k not in dropped}
    agree(json.dumps(body).encode())


@settings(max_examples=500)
@given(st.binary(max_size=6), st.integers(0, 700))
def test_broken_bytes_are_refused_alike(noise: bytes, at: int) -> None:
    body = json.dumps(good()).encode()
    agree(body[:at] + noise + body[at + len(noise) :])


@pytest.mark.parametrize("year", ["1999-12-30T23:59:59Z", "2200-01-01T00:00:00Z"])
def test_a_day_on_which_nobody_was_served_is_refused(year: str) -> None:
    with pytest.raises(Refused, match="impossible-date"):
        decode_fact(record(json.dumps(good() | {"occurred_at": year}).encode()))

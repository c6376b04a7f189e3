"""Which value of a policy holds: field by field the nearest level, there the latest document."""

from dataclasses import dataclass
from datetime import date
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import ComplaintPolicy, PolicyDocument
from shared.contracts.policy_levels import REGULATION_OF, complete, in_force, said

LEVELS = [UUID(int=1), UUID(int=2), None]
FIELDS = ("verify", "first_answer", "reply_days")
days = st.dates(date(2025, 1, 1), date(2025, 1, 20))


@dataclass(frozen=True)
class Stated:
    unit_id: UUID | None
    valid_from: date
    document: PolicyDocument


@st.composite
def stated(draw: st.DrawFn) -> list[Stated]:
    """At most one of a level and day, as the registry's table holds them."""
    places = draw(st.lists(st.tuples(st.sampled_from([*LEVELS, UUID(int=3)]), days), unique=True))
    fields = st.dictionaries(st.sampled_from(FIELDS), st.integers(1, 60))
    return [Stated(unit, first, ComplaintPolicy(**draw(fields))) for unit, first in places]


@given(stated(), days)
def test_each_field_is_that_of_the_nearest_level_that_says_it(
    policies: list[Stated], on: date
) -> None:
    found = in_force(policies, LEVELS, on)["complaints"]
    for field in FIELDS:
        expected, who = getattr(REGULATION_OF["complaints"].document, field), None
        for level in LEVELS:
            begun = [p for p in policies if p.unit_id == level and p.valid_from <= on]
            latest = max(begun, key=lambda policy: policy.valid_from, default=None)
            value = getattr(latest.document, field) if latest else None
            if value is not None:
                expected, who = value, latest
                break
        assert (found[field].value, found[field].policy) == (expected, who)
    whole = complete("complaints", found)
    assert whole.model_dump() == {f: h.value for f, h in found.items()} | {
        "policy_kind": "complaints"
    }


@given(stated(), days, st.randoms())
def test_the_order_of_arrival_does_not_matter(
    policies: list[Stated], on: date, random: Random
) -> None:
    shuffled = list(policies)
    random.shuffle(shuffled)
    assert in_force(shuffled, LEVELS, on) == in_force(policies, LEVELS, on)


@pytest.mark.parametrize("kind", REGULATION_OF)
def test_the_regulation_says_something_of_every_field(kind: str) -> None:
    document = REGULATION_OF[kind].document
    assert set(said(document)) == set(type(document).model_fields) - {"policy_kind"}

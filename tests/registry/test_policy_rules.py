"""What the regulations say contradicts itself nowhere, and what a document alone may not say."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.policies.rules import contradictions, faults
from shared.contracts.policy_levels import REGULATION_OF, said

GROUPS = ["superior", "peer", "subordinate", "self", "citizen"]


@pytest.mark.parametrize("kind", REGULATION_OF)
def test_the_regulations_agree_with_themselves(kind: str) -> None:
    values = REGULATION_OF[kind].document.model_dump()
    assert contradictions(kind, values) == []
    assert faults({field: values[field] for field in said(REGULATION_OF[kind].document)}) == []


@given(st.lists(st.tuples(st.sampled_from(GROUPS), st.integers(0, 100)), max_size=5))
def test_weights_are_of_different_groups_and_sum_to_a_hundred(
    weights: list[tuple[str, int]],
) -> None:
    given = [{"group": group, "percent": percent} for group, percent in weights]
    good = sum(p for _, p in weights) == 100 and len({g for g, _ in weights}) == len(weights)
    assert (faults({"staff": given}) == []) is good


marks = st.decimals(0, 4, places=2)


@given(marks, marks)
def test_bands_of_behaviour_never_cross(below: Decimal, above: Decimal) -> None:
    values = REGULATION_OF["behaviour"].document.model_dump()
    values |= {"below_until": below, "above_from": above}
    assert (contradictions("behaviour", values) == []) is (below < above)
    inside = all(1 <= mark <= 3 for mark in (below, above))
    assert (faults({"below_until": below, "above_from": above}) == []) is inside


@given(st.lists(st.integers(0, 120), min_size=5, max_size=5))
def test_bounds_of_the_numeric_scheme_descend(bounds: list[int]) -> None:
    values = REGULATION_OF["numeric"].document.model_dump()
    names = ("poor_from", "fair_from", "good_from", "very_good_from", "cap")
    values |= dict(zip(names, bounds, strict=True)) | {"mark_factor": 1}
    *below, cap = bounds
    good = below == sorted(set(below)) and below[-1] <= cap and cap >= 3
    assert (contradictions("numeric", values) == []) is good


@given(st.decimals(0, 1, places=2), st.decimals(0, 1, places=2))
def test_results_are_never_above_and_below_at_once(above: Decimal, below: Decimal) -> None:
    values = REGULATION_OF["rating"].document.model_dump()
    values |= {"above_share": above, "below_share": below}
    assert (contradictions("rating", values) == []) is (above + below >= 1)

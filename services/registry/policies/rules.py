"""What a policy may not say: by itself, and together with those above it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Values = Mapping[str, Any]
"""Fields of a document by name; weights are mappings with `group` and `percent`."""

LOWEST_MARK, HIGHEST_MARK = 1, 3
FINEST_MARK = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Fault:
    """`problem` is said of `field` to whoever sent it."""

    field: str
    problem: str


def faults(given: Values) -> list[Fault]:
    """What is wrong in one document, looking only at the fields it gives."""
    found = list(_faults(given))
    if not given:
        found.append(Fault("", "says nothing: give at least one field beside policy_kind"))
    return found


def _faults(given: Values) -> Iterator[Fault]:
    for field in ("officials", "staff"):
        if field in given:
            yield from _weight_faults(field, given[field])
    for field in ("below_until", "above_from"):
        mark = given.get(field)
        if mark is not None and not _is_mark(mark):
            yield Fault(field, "must be a mean of marks: 1 to 3, with at most 6 decimals")
    themes: Collection[str] = given.get("themes", ())
    if any(not theme.isprintable() or theme != theme.strip() for theme in themes):
        yield Fault("themes", "must be words without line breaks and without spaces around them")
    if len({theme.casefold() for theme in themes}) < len(themes):
        yield Fault("themes", "names a theme twice: name each once")


def _weight_faults(field: str, weights: Collection[Values]) -> Iterator[Fault]:
    total = sum(weight["percent"] for weight in weights)
    if total != 100:
        yield Fault(field, f"sums to {total}: the percents of all groups together must be 100")
    if len({weight["group"] for weight in weights}) < len(weights):
        yield Fault(field, "names a group twice: name each once")


def _is_mark(mark: Decimal) -> bool:
    return LOWEST_MARK <= mark <= HIGHEST_MARK and mark == mark.quantize(FINEST_MARK)


_LESS: Mapping[str, Collection[tuple[str, str]]] = {
    "behaviour": [("below_until", "above_from")],
    "numeric": [
        ("poor_from", "fair_from"),
        ("fair_from", "good_from"),
        ("good_from", "very_good_from"),
    ],
}
"""By kind: the first of each pair is less than the second."""

_AT_MOST: Mapping[str, Collection[tuple[str, str]]] = {
    "behaviour": [("fewest_peers", "most_peers"), ("minimum_peers", "most_peers")],
    "numeric": [("very_good_from", "cap")],
    "complaints": [("verify", "first_answer")],
}
"""By kind: the first of each pair is not more than the second."""


def contradictions(kind: str, values: Values) -> list[Fault]:
    """What is wrong with the values that hold together at one place; `values` has every field.

    Each fault names the field that should be changed first.
    """
    found = [
        Fault(low, f"is {values[low]} and must be less than {high}, which is {values[high]}")
        for low, high in _LESS.get(kind, ())
        if values[low] >= values[high]
    ]
    found += [
        Fault(low, f"is {values[low]} and must not be more than {high}, which is {values[high]}")
        for low, high in _AT_MOST.get(kind, ())
        if values[low] > values[high]
    ]
    if kind == "rating" and values["above_share"] + values["below_share"] < 1:
        found.append(
            Fault(
                "above_share",
                f"is {values['above_share']} and below_share {values['below_share']}: together at "
                "least 1, or results could be above and below at once",
            )
        )
    if kind == "numeric" and values["mark_factor"] * HIGHEST_MARK > values["cap"]:
        found.append(
            Fault(
                "mark_factor",
                f"is {values['mark_factor']}: three times of it must not be more than cap, which "
                f"is {values['cap']}",
            )
        )
    return found

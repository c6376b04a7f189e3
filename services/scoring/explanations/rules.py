"""The arithmetic of a card, step by step, in words and fractions that a person can check."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from services.scoring.registry_replica.rules import Policy
from services.scoring.satisfaction.rules import (
    Index,
    MarkCounts,
    interval,
    round_half_up,
    shrunk,
)


@dataclass(frozen=True, slots=True)
class Step:
    """``value`` is exact, as ``numerator/denominator`` or a decimal; ``text`` says how it came."""

    name: str
    value: str
    text: str


def arithmetic(counts: Mapping[str, MarkCounts], index: Index) -> list[Step]:
    """From counts of marks to the grade. Each step uses only counts and earlier steps."""
    steps = [_mean(element, counts[element]) for element in index.active]
    means = [counts[element].mean for element in index.active]
    total = sum(means, Fraction())
    steps += [
        Step("sum of means", str(total), f"{' + '.join(map(str, means))} = {total}"),
        Step("weight", str(index.weight), _weight(index)),
        Step(
            "index",
            str(index.exact),
            f"{total} x {index.weight} x 25 = {index.exact}, about {round_half_up(index.exact, 6)}",
        ),
        Step("rounded", str(index.rounded), "half up to two decimals, before the bands"),
        Step("grade", index.grade, "A from 88.31, B from 76.61, C from 65.00, D below"),
    ]
    low, high = interval(counts, index)
    steps.append(
        Step(
            "interval",
            f"{low} to {high}",
            "95 %: index -/+ 1.96 x weight x 25 x the sum of the "
            "elements' standard deviations (Jeffreys' prior), within the scale",
        )
    )
    return steps


def _mean(element: str, counts: MarkCounts) -> Step:
    marks = " + ".join(f"{n} x {mark}" for mark, n in enumerate(counts.each, 1) if n)
    return Step(
        f"mean of {element}",
        str(counts.mean),
        f"({marks}) / {counts.n} = {counts.total}/{counts.n}, "
        f"about {round_half_up(counts.mean, 4)}",
    )


def _weight(index: Index) -> str:
    active = len(index.active)
    if index.weight == Fraction(1, active):
        return f"1/{active}: {active} elements count equally"
    return f"1/{active} cut off to {float(index.weight)}, as the policy says"


def drawn_to_unit(own: Index, unit: Index, *, answers: int, policy: Policy) -> Step:
    """A person's index between the own and the unit's."""
    k = policy.shrinkage
    value = shrunk(own.exact, unit.exact, answers=answers, shrinkage=k)
    return Step(
        "drawn to the unit",
        str(value),
        f"n / (n + k) = {answers} / {answers + k}: {own.exact} x {answers}/{answers + k} + "
        f"{unit.exact} x {k}/{answers + k}, about {round_half_up(value)}",
    )


def why_policy(policy: Policy) -> str:
    """Why this policy held and no other."""
    if policy.id is None:
        return "Neither the tenant nor a unit on the way up has a policy then: the default."
    since = f"valid from {policy.valid_from.isoformat()}, the latest on the period's first day"
    if policy.unit_id is None:
        return f"No unit on the way up has a policy then: the tenant's own, {since}."
    return f"The policy of the nearest unit up the tree, {since}."

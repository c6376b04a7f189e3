"""What stands in a satisfaction report (PermenPANRB 14/2017): lines, extremes, shares, limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from services.scoring.satisfaction.rules import Index, MarkCounts, grade, round_half_up

DECIMALS_OF_MEANS = 3
"""Of means and weighted means, as most publications print them."""
EXTREMES = 3
LEAST_GROUP = 5
"""Fewer respondents are not described, nor are fewer changes from one description to the next."""


@dataclass(frozen=True, slots=True)
class Line:
    """One active element. ``index`` is the mean x 25, which is compared with the bands as rounded;
    every rounding is from the exact value."""

    element: str
    answers: int
    total: int
    exact: Fraction
    weighted_exact: Fraction

    @property
    def mean(self) -> Decimal:
        return round_half_up(self.exact, DECIMALS_OF_MEANS)

    @property
    def weighted(self) -> Decimal:
        return round_half_up(self.weighted_exact, DECIMALS_OF_MEANS)

    @property
    def index(self) -> Decimal:
        return round_half_up(self.exact * 25)

    @property
    def grade(self) -> str:
        return grade(self.index)


def lines(counts: Mapping[str, MarkCounts], index: Index) -> list[Line]:
    """One per active element, in the order of the questionnaire."""
    return [
        Line(
            element, counts[element].n, counts[element].total, counts[element].mean,
            counts[element].mean * index.weight,
        )
        for element in index.active
    ]  # fmt: skip


def lowest(of: Sequence[Line]) -> list[str]:
    """The three elements with the lowest means, lowest first; equal ones as in the questionnaire.
    Exact means decide, also where the rounded ones are equal."""
    return [line.element for line in sorted(of, key=lambda line: line.exact)[:EXTREMES]]


def highest(of: Sequence[Line]) -> list[str]:
    """The three elements with the highest means, highest first; equal ones as asked."""
    return [line.element for line in sorted(of, key=lambda line: -line.exact)[:EXTREMES]]


def share(part: int, whole: int) -> Decimal:
    """Percent, two decimals, half up; 0.00 of nothing."""
    return round_half_up(Fraction(100 * part, whole)) if whole else Decimal("0.00")


def why_not_described(answers: int, *, changed: int | None, leaves_few: bool = False) -> str | None:
    """Why a report says nothing of who answered: ``few_answers``; ``few_changes`` where so few
    answers ``changed`` since the revision that did (None: there is none) that the two together
    would describe single people; ``few_elsewhere`` where another published report, less this one,
    ``leaves_few``. None where it may."""
    if answers < LEAST_GROUP:
        return "few_answers"
    if changed is not None and 0 < changed < LEAST_GROUP:
        return "few_changes"
    return "few_elsewhere" if leaves_few else None

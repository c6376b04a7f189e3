"""Citizens' satisfaction (SKM) by PermenPANRB 14/2017: index, grade, sample, interval, shrinkage.

Everything is exact (``Fraction``) until it is shown; the interval is ``Decimal`` because it needs
a square root. ``docs/satisfaction-index.md`` states the formulas.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

from services.scoring.ledger.rules import ELEMENTS, MARKS

RULE = "satisfaction-index"
RULE_VERSION = 1
SOURCE = "PermenPANRB 14/2017, annex: nine elements, weighted mean x 25, four bands"

_HUNDREDTH = Decimal("0.01")
_BANDS = ((Decimal("88.31"), "A"), (Decimal("76.61"), "B"), (Decimal("65.00"), "C"))
_CERTAINTY = Decimal("1.96")  # two-sided 95 % of a normal distribution


@dataclass(frozen=True, slots=True)
class MarkCounts:
    """How often one element was given each mark."""

    ones: int = 0
    twos: int = 0
    threes: int = 0
    fours: int = 0

    def __post_init__(self) -> None:
        if min(self.each) < 0:
            raise ValueError(f"a mark cannot have been given {min(self.each)} times")

    @property
    def each(self) -> tuple[int, int, int, int]:
        return (self.ones, self.twos, self.threes, self.fours)

    @property
    def n(self) -> int:
        return self.ones + self.twos + self.threes + self.fours

    @property
    def total(self) -> int:
        return self.ones + 2 * self.twos + 3 * self.threes + 4 * self.fours

    @property
    def mean(self) -> Fraction:
        """The element's mean (NRR), 1 to 4. ``ZeroDivisionError`` where nobody answered."""
        return Fraction(self.total, self.n)

    def __add__(self, other: "MarkCounts") -> "MarkCounts":
        return MarkCounts(*(a + b for a, b in zip(self.each, other.each, strict=True)))


Counts = Mapping[str, MarkCounts]
"""By element; an element that is absent was answered by nobody."""


@dataclass(frozen=True, slots=True)
class Index:
    """An index with what it was computed from. ``weight`` is that of each active element."""

    exact: Fraction
    weight: Fraction
    active: tuple[str, ...]
    without_answers: tuple[str, ...]
    switched_off: tuple[str, ...]

    @property
    def rounded(self) -> Decimal:
        """Half up to two decimals, once: this number is compared with the bands."""
        return round_half_up(self.exact)

    @property
    def grade(self) -> str:
        return grade(self.rounded)


def satisfaction_index(
    counts: Counts, *, switched_off: Collection[str] = (), weight_decimals: int | None = None
) -> Index | None:
    """Sum of the elements' means x weight x 25; None where no active element has an answer.

    An element without any answer is left out and named: missing is not zero. ``weight_decimals``
    truncates the weight 1/active, as some publishers do (9 elements, 2 decimals: 0.11).
    """
    asked = [element for element in ELEMENTS if element not in switched_off]
    active = tuple(e for e in asked if e in counts and counts[e].n > 0)
    if not active:
        return None
    share = weight(len(active), weight_decimals)
    return Index(
        exact=sum((counts[e].mean for e in active), Fraction()) * share * 25,
        weight=share,
        active=active,
        without_answers=tuple(e for e in asked if e not in active),
        switched_off=tuple(e for e in ELEMENTS if e in switched_off),
    )


def weight(active: int, decimals: int | None) -> Fraction:
    """1/active, exact, or cut off (not rounded) after so many decimals."""
    if decimals is None:
        return Fraction(1, active)
    scale: int = 10**decimals
    return Fraction(scale // active, scale)


def round_half_up(value: Fraction, decimals: int = 2) -> Decimal:
    """Exact, so that a half is seen as a half. Not for negative values."""
    units = (value.numerator * 2 * 10**decimals + value.denominator) // (value.denominator * 2)
    return Decimal(units).scaleb(-decimals)


def grade(rounded_index: Decimal) -> str:
    """A from 88.31, B from 76.61, C from 65.00, D below: of an index of two decimals."""
    return next((name for floor, name in _BANDS if rounded_index >= floor), "D")


def required_sample(population: int) -> int:
    """Krejcie and Morgan's table as a formula: chi-square 3.841, proportion 0.5, margin 5 %."""
    if population < 1:
        raise ValueError("a population has at least one member")
    chance = Fraction("3.841") * Fraction("0.25")
    size = chance * population / (Fraction("0.0025") * (population - 1) + chance)
    return (size.numerator * 2 + size.denominator) // (size.denominator * 2)


def interval(counts: Counts, index: Index) -> tuple[Decimal, Decimal]:
    """95 % interval of the index, two decimals; never of width zero, also for a single answer.

    Per element the standard deviation of the mean under Jeffreys' prior (half an answer for each
    mark); added up as if all elements erred together, since nothing is known about how they move
    with each other: the interval is rather too wide than too narrow.
    """
    with localcontext(prec=30):
        reach = Decimal(0)
        for element in index.active:
            reach += _decimal(index.weight) * 25 * _deviation_of_mean(counts[element])
        scale = _decimal(index.weight * len(index.active))
        middle, reach = _decimal(index.exact), reach * _CERTAINTY
        lowest = max(middle - reach, 25 * scale)
        highest = min(middle + reach, 100 * scale)
        return lowest.quantize(_HUNDREDTH, ROUND_HALF_UP), highest.quantize(
            _HUNDREDTH, ROUND_HALF_UP
        )


def _deviation_of_mean(counts: MarkCounts) -> Decimal:
    # In halves, to stay among integers: pseudo-counts 2c + 1, their sum 2n + 4.
    pseudo = [2 * count + 1 for count in counts.each]
    total = sum(pseudo)
    first = Fraction(sum(mark * p for mark, p in zip(MARKS, pseudo, strict=True)), total)
    second = Fraction(sum(mark**2 * p for mark, p in zip(MARKS, pseudo, strict=True)), total)
    variance = (second - first**2) / (Fraction(total, 2) + 1)
    return _decimal(variance).sqrt()


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def shrunk(own: Fraction, toward: Fraction, *, answers: int, shrinkage: int) -> Fraction:
    """A person's value drawn to the unit's: own weight n / (n + k). At least one answer."""
    own_weight = Fraction(answers, answers + shrinkage)
    return own * own_weight + toward * (1 - own_weight)

"""The arithmetic of the index against published results."""

import csv
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.ledger.rules import ELEMENTS
from services.scoring.satisfaction.rules import (
    Index,
    MarkCounts,
    grade,
    interval,
    required_sample,
    round_half_up,
    satisfaction_index,
    shrunk,
    weight,
)
from shared.contracts import ELEMENTS as CONTRACT_ELEMENTS

DATA = Path(__file__).parent / "data"
VECTORS = json.loads((DATA / "satisfaction_bands.json").read_text())

marks = st.integers(1, 4)
answers = st.lists(st.tuples(*(marks | st.none() for _ in ELEMENTS)), min_size=1, max_size=40)


def tally(rows: list[tuple[int | None, ...]]) -> dict[str, MarkCounts]:
    counts = dict.fromkeys(ELEMENTS, MarkCounts())
    for row in rows:
        for element, mark in zip(ELEMENTS, row, strict=True):
            if mark is not None:
                counts[element] += MarkCounts(*(int(mark == each) for each in (1, 2, 3, 4)))
    return counts


def rows_of(file: str) -> list[dict[str, str]]:
    with (DATA / file).open() as lines:
        return list(csv.DictReader(lines))


def index_of(rows: list[dict[str, str]]) -> Index:
    index = satisfaction_index(tally([tuple(int(row[e]) for e in ELEMENTS) for row in rows]))
    assert index
    return index


def of_totals(totals: dict[str, int], n: int) -> dict[str, MarkCounts]:
    """Counts of n answers with this total: as many threes and fours as it takes."""
    return {e: MarkCounts(0, 0, 4 * n - total, total - 3 * n) for e, total in totals.items()}


def test_elements_are_those_of_the_contract() -> None:
    assert tuple(element.value for element in CONTRACT_ELEMENTS) == ELEMENTS


@pytest.mark.parametrize(("index", "expected"), VECTORS["grades"])
def test_published_grades(index: float, expected: str) -> None:
    assert grade(round_half_up(Fraction(str(index)))) == expected


@pytest.mark.parametrize(("population", "size"), VECTORS["sample_size"].items())
def test_published_sample_sizes(population: str, size: int) -> None:
    assert required_sample(int(population)) == size


def test_sekadau() -> None:
    rows = rows_of("sekadau_2019_s1.csv")
    index = index_of(rows)
    assert len(rows) == 49
    assert [sum(int(r[e]) for r in rows) for e in ELEMENTS] == [
        138, 139, 150, 177, 159, 163, 161, 143, 159,
    ]  # fmt: skip
    assert (index.rounded, index.grade) == (Decimal("78.74"), "B")


def test_kediri_after_each_answer() -> None:
    rows = rows_of("kediri_2024_running.csv")
    assert len(rows) == 20
    for place, row in enumerate(rows, 1):
        published = Fraction(row["published_running_index"])
        assert abs(index_of(rows[:place]).exact - published) <= Fraction(1, 10_000)


def test_gaspul_with_both_weights() -> None:
    data = json.loads((DATA / "gaspul_2025_q3.json").read_text())
    counts = of_totals(data["totals"], data["respondents"])
    exact, cut = satisfaction_index(counts), satisfaction_index(counts, weight_decimals=2)
    assert exact
    assert cut
    assert (exact.rounded, cut.rounded) == (Decimal("91.48"), Decimal("90.56"))


def test_a_cut_weight_can_change_the_grade() -> None:
    counts = {e: MarkCounts(0, 0, 468, 532) for e in ELEMENTS}  # mean 3.532, index 88.30
    counts["waktu"] = MarkCounts(0, 0, 464, 536)
    exact, cut = satisfaction_index(counts), satisfaction_index(counts, weight_decimals=2)
    assert exact
    assert cut
    assert (exact.rounded, exact.grade) == (Decimal("88.31"), "A")
    assert (cut.rounded, cut.grade) == (Decimal("87.43"), "B")


def test_missing_is_not_zero() -> None:
    counts = {"waktu": MarkCounts(fours=2), "biaya": MarkCounts(), "sarana": MarkCounts(twos=1)}
    index = satisfaction_index(counts, switched_off=["produk"])
    assert index
    assert index.active == ("waktu", "sarana")
    assert index.exact == 75
    assert "biaya" in index.without_answers
    assert index.switched_off == ("produk",)
    assert "produk" not in index.without_answers
    assert satisfaction_index({}) is None
    assert satisfaction_index(counts, switched_off=["waktu", "sarana"]) is None


def test_weights_are_cut_off_not_rounded() -> None:
    assert weight(9, 2) == Fraction("0.11")
    assert weight(9, 3) == Fraction("0.111")
    assert weight(6, 2) == Fraction("0.16")
    assert weight(8, None) == Fraction(1, 8)


@given(st.integers(2500, 10000))
def test_bands_have_no_gap(hundredths: int) -> None:
    index = Decimal(hundredths) / 100
    bands = {"A": (8831, 10000), "B": (7661, 8830), "C": (6500, 7660), "D": (2500, 6499)}
    low, high = bands[grade(index)]
    assert low <= hundredths <= high


@given(st.fractions(25, 100))
def test_what_is_rounded_lies_within_half_a_hundredth(value: Fraction) -> None:
    distance = Fraction(round_half_up(value)) - value
    assert Fraction(-1, 200) < distance <= Fraction(1, 200)


@given(answers, st.randoms())
def test_order_does_not_matter(rows: list[tuple[int | None, ...]], dice: Random) -> None:
    shuffled = list(rows)
    dice.shuffle(shuffled)
    assert satisfaction_index(tally(rows)) == satisfaction_index(tally(shuffled))


@given(answers)
def test_interval_holds_the_index_and_has_a_width(rows: list[tuple[int | None, ...]]) -> None:
    counts = tally(rows)
    index = satisfaction_index(counts)
    if index is None:
        return
    low, high = interval(counts, index)
    assert 25 <= low <= index.rounded <= high <= 100
    assert high - low >= Decimal("0.5")


@pytest.mark.parametrize(
    ("counts", "expected"),
    [(MarkCounts(fours=1), ("71.71", "100.00")), (MarkCounts(threes=30), ("72.40", "77.60"))],
)
def test_interval_as_documented(counts: MarkCounts, expected: tuple[str, str]) -> None:
    each = dict.fromkeys(ELEMENTS, counts)
    index = satisfaction_index(each)
    assert index
    assert interval(each, index) == tuple(map(Decimal, expected))


def test_interval_narrows_with_the_sample() -> None:
    widths = []
    for n in (1, 10, 100, 10_000):
        counts = {element: MarkCounts(0, 0, n, n) for element in ELEMENTS}
        index = satisfaction_index(counts)
        assert index
        low, high = interval(counts, index)
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 1


def test_an_evidence_of_one_is_drawn_to_the_unit() -> None:
    own, unit = Fraction(100), Fraction(80)
    assert shrunk(own, unit, answers=10, shrinkage=30) == 85
    assert shrunk(own, unit, answers=10, shrinkage=0) == 100


def test_impossible_counts_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="-1 times"):
        MarkCounts(ones=-1)

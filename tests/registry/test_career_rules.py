"""Days on which somebody works elsewhere than before, and what no longer fits on them."""

from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.registry.assignments.rules import Assignment, TransferRefused, transfer
from services.registry.careers.rules import Span, changed, fits, months
from services.registry.careers.rules import held as made

FIRST = date(2026, 1, 1)
U, V, W = (UUID(int=number) for number in range(1, 4))


days = st.integers(0, 8).map(lambda number: FIRST + timedelta(days=number))


@st.composite
def assignments(draw: st.DrawFn) -> Assignment:
    first, until = draw(days), draw(st.none() | days)
    if until is not None and until <= first:
        first, until = until, first + timedelta(days=1)
    kind = draw(st.sampled_from(["definitive", "acting", "double"]))
    return Assignment(uuid4(), U, draw(st.sampled_from([U, V, W])), kind, first, until)


@given(st.lists(assignments(), max_size=5), st.lists(assignments(), max_size=5))
def test_the_changed_days_are_those_that_differ(
    before: list[Assignment], after: list[Assignment]
) -> None:
    spans = changed(before, after, what=made)
    for number in range(-1, 12):
        day = FIRST + timedelta(days=number)
        then, now = (
            {(a.unit_id, a.kind) for a in each if a.holds_on(day)} for each in (before, after)
        )
        inside = [s for s in spans if s.first <= day and (s.until is None or day < s.until)]
        assert len(inside) == (then != now)
    assert all(one.until is not None for one in spans[:-1])
    assert all(one.until != two.first for one, two in pairwise(spans))


@given(days, days)
def test_a_transfer_changes_the_days_from_then_on(begins: date, on: date) -> None:
    held = Assignment(uuid4(), U, V, "definitive", begins)
    if begins < on:
        assert changed([held], transfer([held], W, on=on, new_id=uuid4()), what=made) == [Span(on)]


@given(st.lists(st.tuples(days, st.sampled_from([U, V, W])), max_size=8))
def test_transfers_leave_no_gap_and_no_overlap(moves: list[tuple[date, UUID]]) -> None:
    """Whichever come after each other: from its day on each holds until what was there begins."""
    kept = [Assignment(uuid4(), U, U, "definitive", FIRST, FIRST + timedelta(days=6))]
    every_day = [FIRST + timedelta(days=number) for number in range(-1, 9)]

    def units() -> list[list[UUID]]:
        return [[each.unit_id for each in kept if each.holds_on(day)] for day in every_day]

    for on, unit in moves:
        then = units()
        try:
            ended, started = transfer(kept, unit, on=on, new_id=uuid4())
        except TransferRefused:
            continue
        kept = [each for each in kept if each.id != ended.id] + [ended, started]
        for day, before, now in zip(every_day, then, units(), strict=True):
            assert now == ([unit] if started.holds_on(day) else before)
    assert [len(each) for each in units()] == [0] + [1] * 6 + [0] * 3


def test_months_are_of_the_past_alone() -> None:
    spans = [Span(date(2025, 11, 30), date(2026, 1, 1)), Span(date(2026, 3, 31))]
    told = months(spans, since=date(2000, 1, 1), today=date(2026, 4, 1))
    assert told == ["2025-11", "2025-12", "2026-03"]
    assert months(spans, since=date(2000, 1, 1), today=date(2025, 11, 30)) == []
    assert months([Span(date.min)], since=date(2000, 1, 1), today=date(2000, 2, 1)) == ["2000-01"]


def test_an_assessor_fits_who_works_there_or_above_on_every_day() -> None:
    above = {U: {U}, V: {U, V}, W: {W}}

    def works(unit: UUID, first: int, until: int | None = None) -> Assignment:
        end = FIRST + timedelta(days=until) if until is not None else None
        return Assignment(uuid4(), U, unit, "definitive", FIRST + timedelta(days=first), end)

    person, ever = [works(V, 0)], Span(FIRST)
    assert fits(person, [works(V, 0)], ever, above=above)
    assert fits(person, [works(U, 0)], ever, above=above)
    assert not fits(person, [works(W, 0)], ever, above=above)
    assert not fits([works(U, 0)], [works(V, 0)], ever, above=above)
    moving = [works(V, 0, 5), works(W, 5)]
    assert not fits(person, moving, ever, above=above)
    assert fits(person, moving, Span(FIRST, FIRST + timedelta(days=5)), above=above)
    assert fits(person, [], ever, above=above)  # nobody knows where the assessor works
    assert fits(person, [works(W, 0), works(U, 0)], ever, above=above)

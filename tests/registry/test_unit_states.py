"""The states of units, on every day and whatever was planned before."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.registry.assignments.rules import Assignment
from services.registry.moves.rules import (
    MoveRefused,
    chain,
    elsewhere,
    handed_over,
    merged,
    moved,
    turns,
)
from services.registry.units.rules import (
    Circle,
    Orphan,
    State,
    Unit,
    below,
    changed,
    flaw,
    flaws,
    without,
)

FIRST = date(2026, 1, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(10)]
IDS = [UUID(int=n) for n in range(1, 6)]

days = st.sampled_from(DAYS)
names = st.sampled_from("ABC")
parents = st.sampled_from([None, *IDS[:3]])
fields = st.fixed_dictionaries(
    {}, optional={"name": names, "kind": st.sampled_from("xy"), "parent_id": parents}
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[State, ...]:
    begun = State(DAYS[0], draw(names), "x", draw(parents))
    states: tuple[State, ...] = (begun,)
    for day, given_fields in draw(st.lists(st.tuples(days, fields), max_size=5)):
        states = changed(states, day, given_fields)
    return states


def on(states: tuple[State, ...], day: date) -> dict[str, Any]:
    state = next(s for s in reversed(states) if s.valid_from <= day)
    return {"name": state.name, "kind": state.kind, "parent_id": state.parent_id}


@given(histories(), days, fields)
def test_a_change_holds_until_the_next_of_the_same_field(
    states: tuple[State, ...], day: date, given_fields: Mapping[str, Any]
) -> None:
    after = changed(states, day, given_fields)
    begins = [state.valid_from for state in after]
    assert begins == sorted(set(begins))
    assert all(a.said() != b.said() for a, b in pairwise(after))
    before = on(states, day)
    for each in DAYS:
        expected = on(states, each)
        if each >= day:
            since = [on(states, other) for other in DAYS if day <= other <= each]
            for field, value in given_fields.items():
                if all(state[field] == before[field] for state in since):
                    expected[field] = value
        assert on(after, each) == expected


@given(histories(), days)
def test_what_is_taken_back_begins_on_no_day(states: tuple[State, ...], day: date) -> None:
    if day == DAYS[0] or day not in {state.valid_from for state in states}:
        return
    after = without(states, day)
    assert day not in {state.valid_from for state in after}
    for each in (other for other in DAYS if other < day):
        assert on(after, each) == on(states, each)
    assert on(after, day) == on(states, day - timedelta(days=1))


@given(histories(), days)
def test_another_parent_from_a_day_on(states: tuple[State, ...], since: date) -> None:
    old, new = IDS[0], IDS[4]
    after = below(states, old, new, since=since)
    for day in DAYS:
        expected = on(states, day)
        if day >= since and expected["parent_id"] == old:
            expected["parent_id"] = new
        assert on(after, day) == expected


@st.composite
def forests(draw: st.DrawFn) -> dict[UUID, Unit]:
    """Trees that a few moves made, each of them allowed."""
    begins = draw(st.lists(st.sampled_from(DAYS[:3]), min_size=5, max_size=5))
    units = {
        id_: Unit(id_, "A", "x", states=(State(day, "A", "x"),), state_from=day)
        for id_, day in zip(IDS, begins, strict=True)
    }
    moves = st.tuples(st.sampled_from(IDS), days, st.sampled_from([None, *IDS]))
    for id_, day, parent in draw(st.lists(moves, max_size=10)):
        if day >= units[id_].begins_on:
            wanted = units | {id_: moved(units[id_], day, {"parent_id": parent})}
            if flaw(wanted, [id_]) is None:
                units = wanted
    return units


def stands_below_itself(parents_then: Mapping[UUID, UUID | None], unit: UUID) -> bool:
    above = parents_then.get(unit)
    for _ in IDS:
        if above == unit:
            return True
        above = parents_then.get(above) if above else None
    return False


def flaws_by_hand(units: Mapping[UUID, Unit]) -> set[tuple[type, UUID]]:
    found: set[tuple[type, UUID]] = set()
    for day in DAYS:
        there = {id_: state for id_, u in units.items() if (state := u.state_on(day))}
        parents_then = {id_: state.parent_id for id_, state in there.items()}
        found |= {(Circle, id_) for id_ in IDS if stands_below_itself(parents_then, id_)}
        found |= {
            (Orphan, id_)
            for id_, parent in parents_then.items()
            if parent is not None and parent not in there
        }
    return found


@settings(max_examples=40)
@given(forests(), st.sampled_from(IDS), days, st.sampled_from([None, *IDS]))
def test_a_flaw_is_found_exactly_where_one_is(
    units: dict[UUID, Unit], id_: UUID, day: date, parent: UUID | None
) -> None:
    assert flaws_by_hand(units) == set()
    if day < units[id_].begins_on:
        return
    wanted = units | {id_: moved(units[id_], day, {"parent_id": parent})}
    by_hand = flaws_by_hand(wanted)
    found = flaw(wanted, [id_])
    assert (found is not None) == bool(by_hand)
    if found is not None:
        assert (type(found), id_) in by_hand
    everything = {(type(each), each.unit_id) for each in flaws(wanted, IDS)}
    assert everything <= by_hand
    assert {unit for _, unit in everything} == {unit for _, unit in by_hand}


@settings(max_examples=40)
@given(forests(), st.sampled_from(IDS), st.sampled_from(IDS), days)
def test_a_merger_leaves_a_tree_on_every_day(
    units: dict[UUID, Unit], gone: UUID, into: UUID, day: date
) -> None:
    changes = None
    with suppress(MoveRefused):
        changes = merged(units, gone, into, day)
    if changes is None:
        then = units[into].state_on(day), units[gone].state_on(day - timedelta(days=1))
        assert gone == into or None in then
        return
    after = units | changes
    later = [each for each in DAYS if each >= day]
    for each in DAYS:
        for id_, unit in after.items():
            before, now = units[id_].state_on(each), unit.state_on(each)
            if each < day:
                assert before == now or (before and now and before.said() == now.said())
            elif id_ == gone:
                assert now is None
            elif before is not None:
                assert now is not None
                assert now.parent_id == (into if before.parent_id == gone else before.parent_id)
    if found := flaw(after, changes):
        inside = any(gone in chain(units, into, each)[1:] for each in later)
        assert isinstance(found, Circle)
        assert inside, "only what stands below the unit that ends cannot take it over"
    else:
        assert flaws_by_hand(after) == set()


@settings(max_examples=40)
@given(forests(), st.sampled_from(IDS), days, st.sampled_from([None, *IDS]))
def test_the_units_that_stand_elsewhere(
    units: dict[UUID, Unit], id_: UUID, day: date, parent: UUID | None
) -> None:
    if day < units[id_].begins_on:
        return
    after = units | {id_: moved(units[id_], day, {"parent_id": parent})}
    if flaw(after, [id_]) is not None:
        return
    found = set(elsewhere(units, after, turns([*units.values(), *after.values()], day)))
    by_hand = {
        other
        for other in units
        for each in DAYS
        if chain(after, other, each)[1:] != chain(units, other, each)[1:]
    }
    assert found == by_hand
    assert all(any(id_ in chain(after, other, each) for each in DAYS) for other in found)


spans = st.tuples(days, st.one_of(st.none(), st.integers(1, 5)))


@given(st.lists(st.tuples(st.sampled_from(IDS[:2]), spans), max_size=5), days)
def test_assignments_go_on_without_a_day_more_or_less(
    held: list[tuple[UUID, tuple[date, int | None]]], day: date
) -> None:
    assignments = [
        Assignment(
            UUID(int=100 + place),
            UUID(int=50),
            unit,
            "acting",
            first,
            first + timedelta(days=length) if length else None,
            ("head", "survey_officer"),
        )
        for place, (unit, (first, length)) in enumerate(held)
    ]
    ids = iter(UUID(int=1000 + n) for n in range(10))
    changes, new = handed_over(assignments, IDS[0], IDS[1], day, lambda: next(ids))
    stored = {each.id: each for each in [*assignments, *changes, *new]}
    for each_day in DAYS:
        before = sorted(
            IDS[1] if each_day >= day else a.unit_id for a in assignments if a.holds_on(each_day)
        )
        after = sorted(a.unit_id for a in stored.values() if a.holds_on(each_day))
        assert before == after
    moved_ones = [each for each in [*changes, *new] if each.unit_id == IDS[1]]
    assert all(each.duties == ("survey_officer",) for each in moved_ones)


@given(histories(), days, names)
def test_a_correction_is_of_the_state_that_holds(
    states: tuple[State, ...], day: date, name: str
) -> None:
    unit = Unit(IDS[4], "", "", states=states).shown_on(day)
    corrected = replace(unit, name=name).in_step()
    assert corrected.shown_on(day).name == name
    for each in (other for other in DAYS if other < unit.state_from):
        assert on(corrected.states, each) == on(states, each)
    assert unit.in_step() == unit

"""What a dated change of a unit makes of the tree, and what follows from it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.registry.assignments.rules import HEAD, Assignment
from services.registry.units.rules import Unit, below, changed

Units = Mapping[UUID, Unit]
Holding = Callable[[tuple[UUID, ...], date], frozenset[UUID]]
"""The policies that decide something for a unit on a day, given the unit and those above it."""


class What(StrEnum):
    """What a change does to something else."""

    STANDS_ELSEWHERE = "stands_elsewhere"
    """A unit has others above it than before."""
    BEGINS_TO_HOLD = "begins_to_hold"
    """A policy decides something for a unit for which it did not."""
    HOLDS_NO_MORE = "holds_no_more"
    """A policy decides nothing more for a unit for which it did."""
    GOES_ON_ELSEWHERE = "goes_on_elsewhere"
    """An assignment goes on in the other unit."""
    GOES_ON_WITHOUT_POST = "goes_on_without_post"
    """An assignment goes on in the other unit; its post was of the unit that ends."""
    PAST_CHANGES = "past_changes"
    """A period that began already: what was counted in it is counted again."""
    STAYS_BEHIND = "stays_behind"
    """It belongs to the unit that ends and is not taken along: give it to another unit."""


@dataclass(frozen=True, slots=True)
class Effect:
    """Something else that a change of a unit changes. `kind` is as in `registry.<kind>.v1`, `name`
    what it is called, or of a policy and an assignment whose it is."""

    kind: str
    id: UUID
    name: str
    what: What


class MoveRefused(ValueError):  # noqa: N818 - it reads as a sentence
    """The message says what to do instead; `slug` names the case."""

    def __init__(self, slug: str, message: str) -> None:
        super().__init__(message)
        self.slug = slug


def moved(unit: Unit, on: date, given: Mapping[str, Any]) -> Unit:
    """The unit with another name, kind or parent from `on` until each changes next.

    Raises `MoveRefused` for a day on which it does not exist.
    """
    _check_exists(unit, on, "This unit")
    return replace(unit, states=changed(unit.states, on, given))


def merged(units: Units, unit_id: UUID, into_id: UUID, on: date) -> dict[UUID, Unit]:
    """The units that change when one ends on `on` and another goes on with its work: the one that
    ends, those below it, which stand below the other from then on, and the other where it takes
    over aliases.

    Raises `MoveRefused`.
    """
    unit, into = units[unit_id], units[into_id]
    if unit_id == into_id:
        raise MoveRefused(
            "merged-into-itself", "A unit cannot be merged into itself: choose another."
        )
    _check_exists(unit, on, "This unit")
    _check_exists(into, on, "The other unit")
    if into.ended_on is not None:
        raise MoveRefused(
            "unit-ends", f"The other unit ends on {into.ended_on} itself: choose another."
        )
    if unit.ended_on is not None:
        raise MoveRefused("unit-ends", f"This unit ends on {unit.ended_on} already.")
    if unit.begins_on >= on:
        raise MoveRefused(
            "unit-begins", f"This unit begins on {on} itself: delete it, or choose a later day."
        )
    result = {}
    for other in units.values():
        if other.id != unit_id:
            states = below(other.states, unit_id, into_id, since=on)
            if states != other.states:
                result[other.id] = replace(other, states=states)
    if unit.aliases:
        heir = result.get(into_id, into)
        result[into_id] = replace(heir, aliases=tuple(sorted({*into.aliases, *unit.aliases})))
    result[unit_id] = replace(
        unit,
        aliases=(),
        states=tuple(state for state in unit.states if state.valid_from < on),
        ended_on=on,
        merged_into_id=into_id,
    )
    return result


def handed_over(
    assignments: Iterable[Assignment],
    unit_id: UUID,
    into_id: UUID,
    on: date,
    new_id: Callable[[], UUID],
) -> tuple[list[Assignment], list[Assignment]]:
    """What of the assignments ends or changes, and what begins, when the unit's work goes to
    another.

    Nobody brings the unit's post along, nor heads the other unit: it has a head of its own.
    """
    changed_ones, new = [], []
    for held in assignments:
        if held.unit_id != unit_id or (held.valid_until is not None and held.valid_until <= on):
            continue
        duties = tuple(duty for duty in held.duties if duty != HEAD)
        going_on = replace(held, unit_id=into_id, duties=duties, post_id=None)
        if held.valid_from >= on:
            changed_ones.append(going_on)
        else:
            changed_ones.append(replace(held, valid_until=on))
            new.append(replace(going_on, id=new_id(), valid_from=on, version=1))
    return changed_ones, new


def unmerged(units: Units, unit_id: UUID) -> dict[UUID, Unit]:
    """The units that change when a planned merger is taken back: the one that goes on, and those
    that would have stood below the other from that day on because of it."""
    unit = units[unit_id]
    on, into_id = unit.ended_on, unit.merged_into_id
    assert on is not None
    result = {unit_id: replace(unit, ended_on=None, merged_into_id=None)}
    for other in units.values():
        here, eve = other.state_on(on), other.state_on(on - timedelta(days=1))
        if here and eve and (eve.parent_id, here.parent_id) == (unit_id, into_id):
            states = changed(other.states, on, {"parent_id": unit_id})
            result[other.id] = replace(other, states=states)
    return result


def rejoined(
    assignments: Collection[Assignment], unit_id: UUID, into_id: UUID, on: date
) -> tuple[list[Assignment], list[Assignment]]:
    """The assignments that go on as if the unit had not been handed over, and those that were made
    for that and nobody changed since."""
    begun = {
        (each.person_id, each.kind): each
        for each in assignments
        if each.unit_id == into_id and each.valid_from == on and each.version == 1
    }
    going_on, needless = [], []
    for each in assignments:
        if each.unit_id == unit_id and each.valid_until == on:
            other = begun.pop((each.person_id, each.kind), None)
            if other is not None:
                going_on.append(replace(each, valid_until=other.valid_until))
                needless.append(other)
    return going_on, needless


def turns(units: Iterable[Unit], since: date) -> set[date]:
    """The days from `since` on, with it, on which a unit changes or ends."""
    found = {since}
    for unit in units:
        found |= {state.valid_from for state in unit.states if state.valid_from > since}
        if unit.ended_on is not None and unit.ended_on > since:
            found.add(unit.ended_on)
    return found


def chain(units: Units, unit_id: UUID, day: date) -> tuple[UUID, ...]:
    """The unit and those above it on a day, the nearest first; empty where it does not exist."""
    found: list[UUID] = []
    here: UUID | None = unit_id
    while here is not None and here not in found:
        state = units[here].state_on(day) if here in units else None
        if state is None:
            break
        found.append(here)
        here = state.parent_id
    return tuple(found)


def elsewhere(before: Units, after: Units, days: Collection[date]) -> list[UUID]:
    """The units that on one of the days have others above them than before."""
    return [
        unit_id
        for unit_id in before
        if any(
            here and here[1:] != chain(before, unit_id, day)[1:]
            for day in days
            if (here := chain(after, unit_id, day))
        )
    ]


def policies_changed(
    before: Units,
    after: Units,
    *,
    affected: Collection[UUID],
    days: Collection[date],
    holding: Holding,
) -> tuple[set[UUID], set[UUID]]:
    """The policies that begin to decide something for an `affected` unit on one of the days, and
    those that no longer do."""
    begin: set[UUID] = set()
    end: set[UUID] = set()
    for unit_id in affected:
        for day in days:
            here = chain(after, unit_id, day)
            then = holding(chain(before, unit_id, day), day)
            now = holding(here, day) if here else then
            begin |= now - then
            end |= then - now
    return begin, end


def _check_exists(unit: Unit, on: date, which: str) -> None:
    if unit.state_on(on) is None:
        end = f" to before {unit.ended_on}" if unit.ended_on is not None else ""
        raise MoveRefused(
            "unit-not-there",
            f"{which} exists from {unit.begins_on}{end}, not on {on}: choose another day.",
        )

"""A unit, the dated states it goes through, and the tree that all of them make on each day."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

SINCE_EVER: Final = date.min
"""Begins the first state of a unit of which nobody said since when it exists. The database driver
stores this day as `-infinity` and gives it back."""


@dataclass(frozen=True, slots=True)
class State:
    """What a unit is from `valid_from` until its next state begins or it ends."""

    valid_from: date
    name: str
    kind: str
    parent_id: UUID | None = None

    def said(self) -> tuple[str, str, UUID | None]:
        """Everything but the date."""
        return self.name, self.kind, self.parent_id


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of the tenant: OPD, UPT, sub-district. `kind` is the tenant's own word.

    `name`, `kind` and `parent_id` are those of the state that began on `state_from`. `states` are
    all, the oldest first; none stands for this one since ever. `ended_on` is the first day it is no
    more; the unit `merged_into_id` goes on with its work.
    """

    id: UUID
    name: str
    kind: str
    code: str | None = None
    parent_id: UUID | None = None
    version: int = 1
    aliases: tuple[str, ...] = ()
    region_kemendagri: str | None = None
    region_bps: str | None = None
    states: tuple[State, ...] = ()
    state_from: date = SINCE_EVER
    ended_on: date | None = None
    merged_into_id: UUID | None = None

    @property
    def begins_on(self) -> date:
        return self.states[0].valid_from if self.states else self.state_from

    def state_on(self, day: date) -> State | None:
        """What it is on a day; None before it begins and once it has ended."""
        if self.ended_on is not None and day >= self.ended_on:
            return None
        return next((s for s in reversed(self.states) if s.valid_from <= day), None)

    def shown_on(self, day: date) -> "Unit":
        """The unit with the name, kind and parent of that day, or of the day next to it on which
        it exists."""
        state = next((s for s in reversed(self.states) if s.valid_from <= day), self.states[0])
        return replace(
            self,
            name=state.name,
            kind=state.kind,
            parent_id=state.parent_id,
            state_from=state.valid_from,
        )

    def nearest(self, day: date) -> date:
        """That day, or the one next to it on which the unit exists."""
        if self.ended_on is not None and day >= self.ended_on:
            return self.ended_on - timedelta(days=1)
        return max(day, self.begins_on)

    def in_step(self) -> "Unit":
        """Its states with the state of `state_from` corrected to what the unit itself says."""
        own = State(self.state_from, self.name, self.kind, self.parent_id)
        if not self.states:
            return replace(self, states=(own,))
        given = {"name": self.name, "kind": self.kind, "parent_id": self.parent_id}
        return replace(self, states=changed(self.states, self.state_from, given))


@dataclass(frozen=True, slots=True)
class Step:
    """One unit on the way down from the top."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Circle:
    """From `day` on the unit would stand below itself."""

    unit_id: UUID
    day: date


@dataclass(frozen=True, slots=True)
class Orphan:
    """On `day` the unit would stand below one that does not exist on it."""

    unit_id: UUID
    parent_id: UUID
    day: date


Flaw = Circle | Orphan


def changed(states: tuple[State, ...], day: date, given: Mapping[str, Any]) -> tuple[State, ...]:
    """The states with the fields of `given` changed from `day` on, each until it changes next.

    Nothing before `day` changes. A planned state that only carried an old value along carries the
    new one; where it changes that field itself, it still does. `day` is not before the first state.
    """
    before = next(s for s in reversed(states) if s.valid_from <= day)
    carried = {field for field, value in given.items() if getattr(before, field) != value}
    result = [s for s in states if s.valid_from < day]
    result.append(replace(before, valid_from=day, **{f: given[f] for f in carried}))
    for state in (s for s in states if s.valid_from > day):
        carried = {f for f in carried if getattr(state, f) == getattr(before, f)}
        result.append(replace(state, **{f: given[f] for f in carried}))
    return _without_repetition(result)


def without(states: tuple[State, ...], day: date) -> tuple[State, ...]:
    """The states as if what begins on `day`, not the first of them, had never been planned."""
    before = next(s for s in reversed(states) if s.valid_from < day)
    return changed(
        states, day, {"name": before.name, "kind": before.kind, "parent_id": before.parent_id}
    )


def below(states: tuple[State, ...], old: UUID, new: UUID, *, since: date) -> tuple[State, ...]:
    """The states with `new` wherever `old` is the parent from `since` on."""
    days = sorted({since} | {s.valid_from for s in states if s.valid_from > since})
    result = [s for s in states if s.valid_from < since]
    for day in days:
        state = next((s for s in reversed(states) if s.valid_from <= day), None)
        if state is not None:
            parent_id = new if state.parent_id == old else state.parent_id
            result.append(replace(state, valid_from=day, parent_id=parent_id))
    return _without_repetition(result)


def flaw(units: Mapping[UUID, Unit], touched: Iterable[UUID]) -> Flaw | None:
    """The first of the `flaws`."""
    return next(flaws(units, touched), None)


def flaws(units: Mapping[UUID, Unit], touched: Iterable[UUID]) -> Iterator[Flaw]:
    """What the states of the `touched` units break on some day of the tree, the earliest first; of
    each unit once."""
    turns = {s.valid_from for unit in units.values() for s in unit.states}
    turns |= {unit.ended_on for unit in units.values() if unit.ended_on is not None}
    sound = set(touched)
    for day in sorted(turns):
        for unit_id in sorted(sound):
            if found := _flaw_on(units, unit_id, day):
                sound.remove(unit_id)
                yield found


def _flaw_on(units: Mapping[UUID, Unit], unit_id: UUID, day: date) -> Flaw | None:
    state = units[unit_id].state_on(day)
    seen = {unit_id}
    while state is not None and state.parent_id is not None:
        parent_id = state.parent_id
        if parent_id == unit_id:
            return Circle(unit_id, day)
        if parent_id in seen:
            return None  # the circle of others, who are told themselves
        state = units[parent_id].state_on(day) if parent_id in units else None
        if state is None and len(seen) == 1:
            return Orphan(unit_id, parent_id, day)
        seen.add(parent_id)
    return None


def _without_repetition(states: Iterable[State]) -> tuple[State, ...]:
    kept: list[State] = []
    for state in states:
        if not kept or kept[-1].said() != state.said():
            kept.append(state)
    return tuple(kept)

"""Which days of a person a change of assignments concerns, and what no longer fits on them."""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import zip_longest
from typing import Protocol, TypeVar
from uuid import UUID

from services.registry.assignments.rules import Assignment


class Touching(StrEnum):
    """What a change of where a person works does to something else."""

    PAST_CHANGES = "past_changes"
    """A period that began already: what was counted in it is counted again."""
    ASSESSOR_ELSEWHERE = "assessor_elsewhere"
    """On some day of a reporting line the assessor works neither in a unit of the person assessed
    nor above it: change the assessor by date, or end the line."""
    PLAN_OF_BEFORE = "plan_of_before"
    """A plan was made for the work as it was before: amend it from the day of the change."""
    PLAN_WITH_OTHER_LEADER = "plan_with_other_leader"
    """A plan was made with another leader than assesses on a day of it: amend it from the day of
    the change."""


@dataclass(frozen=True, slots=True)
class Consequence:
    """Something else that the change touches. `kind` is as in `registry.<kind>.v1`; `name` is what
    it is called, or of a reporting line whose it is."""

    kind: str
    id: UUID
    name: str
    what: Touching


@dataclass(frozen=True, slots=True)
class Span:
    """The days from `first` to before `until`; without it, all from `first` on."""

    first: date
    until: date | None = None

    def common(self, first: date, until: date | None) -> "Span | None":
        """The days that it shares with others."""
        first = max(self.first, first)
        ends = [day for day in (self.until, until) if day is not None]
        until = min(ends, default=None)
        return Span(first, until) if until is None or first < until else None


class Dated(Protocol):
    """What holds from day to day."""

    @property
    def valid_from(self) -> date: ...
    @property
    def valid_until(self) -> date | None: ...
    def holds_on(self, day: date) -> bool:
        """Whether `day` is one of its days."""


D = TypeVar("D", bound=Dated)


def held(assignment: Assignment) -> Hashable:
    """What an assignment makes of its days."""
    return (
        assignment.unit_id,
        assignment.kind,
        assignment.post_id,
        assignment.acting_as,
        assignment.duties,
    )


def changed(
    before: Collection[D], after: Collection[D], *, what: Callable[[D], Hashable]
) -> list[Span]:
    """The days on which a person holds something else than before, in order, none touching the
    next. `what` says what one of them makes of its days."""
    every = [*before, *after]
    days = {each.valid_from for each in every}
    turns = sorted(days | {each.valid_until for each in every if each.valid_until is not None})
    spans: list[Span] = []
    for first, until in zip_longest(turns, turns[1:]):
        if {what(d) for d in before if d.holds_on(first)} == {
            what(d) for d in after if d.holds_on(first)
        }:
            continue
        if spans and spans[-1].until == first:
            spans[-1] = Span(spans[-1].first, until)
        else:
            spans.append(Span(first, until))
    return spans


def months(spans: Iterable[Span], *, since: date, today: date) -> list[str]:
    """The months (`2026-03`) with a day of the spans from `since` to before `today`: what was
    counted in them for the person changes."""
    found = set()
    for span in spans:
        past = span.common(since, today)
        if past is not None and past.until is not None:
            last = date.fromordinal(past.until.toordinal() - 1)
            found |= set(range(_number(past.first), _number(last) + 1))
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in sorted(found)]


def fits(
    person: Iterable[Assignment],
    assessor: Iterable[Assignment],
    span: Span,
    *,
    above: Mapping[UUID, Collection[UUID]],
) -> bool:
    """Whether an assessor works in the person's unit or above it, on all days of a span on which
    both are known to work somewhere. `above` gives for each unit itself and those above it."""
    people, assessors = list(person), list(assessor)
    turns = {span.first} | {
        each.valid_from
        for each in (*people, *assessors)
        if span.common(each.valid_from, each.valid_until) and each.valid_from > span.first
    }
    for day in turns:
        units = [each.unit_id for each in people if each.holds_on(day)]
        seats = {each.unit_id for each in assessors if each.holds_on(day)}
        if units and seats and not any(seats & set(above[unit_id]) for unit_id in units):
            return False
    return True


def _number(day: date) -> int:
    return day.year * 12 + day.month - 1

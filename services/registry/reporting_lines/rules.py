"""Dated reporting lines, what a change of assessor does to them, and circles among them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID


class LineRefused(ValueError):  # noqa: N818 - it reads as a sentence
    """The message says what to do instead; `slug` names the case."""

    def __init__(self, slug: str, message: str) -> None:
        super().__init__(message)
        self.slug = slug


@dataclass(frozen=True, slots=True)
class Line:
    """`assessor_id` assesses `person_id` from `valid_from` to the day before `valid_until`;
    `reviewer_id` is the reviewing superior, to whom objections go. Without `valid_until` it goes
    on."""

    id: UUID
    person_id: UUID
    assessor_id: UUID
    valid_from: date
    valid_until: date | None = None
    reviewer_id: UUID | None = None
    version: int = 1

    def superiors(self) -> tuple[UUID, ...]:
        """Those who stand above the person by this line."""
        return tuple(one for one in (self.assessor_id, self.reviewer_id) if one is not None)

    def overlaps(self, other: "Line") -> bool:
        """Whether both hold on some day."""
        return (other.valid_until is None or self.valid_from < other.valid_until) and (
            self.valid_until is None or other.valid_from < self.valid_until
        )

    def holds_on(self, day: date) -> bool:
        """Whether `day` is one of its days."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)


def circles(lines: Iterable[Line], others: Iterable[Line]) -> dict[UUID, date]:
    """The lines by which a person would stand above themselves, by id, each with the first day on
    which they would.

    `others` holds the lines of everybody above; those of the same person do not matter. Days are
    followed along with the superiors: whoever stood above each other at different times may.
    """
    above = defaultdict(list)
    for other in others:
        above[other.person_id].append(other)
    days = {line.id: _circle(line, above) for line in lines}
    return {line_id: day for line_id, day in days.items() if day is not None}


def _circle(line: Line, above: Mapping[UUID, Sequence[Line]]) -> date | None:
    days = []
    todo = [(superior, line.valid_from, line.valid_until) for superior in line.superiors()]
    seen = set(todo)
    while todo:
        person_id, first, until = todo.pop()
        if person_id == line.person_id:
            days.append(first)
            continue
        for other in above.get(person_id, ()):
            span = max(first, other.valid_from), _earlier(until, other.valid_until)
            if span[1] is None or span[0] < span[1]:
                found = {(superior, *span) for superior in other.superiors()} - seen
                seen |= found
                todo.extend(found)
    return min(days, default=None)


def change(
    existing: Iterable[Line],
    assessor_id: UUID,
    *,
    on: date,
    new_id: UUID,
    reviewer_id: UUID | None,
) -> tuple[Line, Line]:
    """The line that ends on `on`, and the one that takes over its remaining days.

    A change in the past changes the line that held then, and ends where that one ended; later ones
    stay. Raises `LineRefused`.
    """
    held = next((line for line in existing if line.holds_on(on)), None)
    if held is None:
        raise LineRefused(
            "nothing-to-change",
            f"Nobody assesses the person on {on}: create a line that begins on this day instead.",
        )
    if (held.assessor_id, held.reviewer_id) == (assessor_id, reviewer_id):
        raise LineRefused(
            "already-so",
            f"Assessor and reviewer are these since {held.valid_from}: choose others, or another "
            "day.",
        )
    if held.valid_from == on:
        raise LineRefused(
            "change-on-first-day",
            f"The line begins on {on} itself: correct its assessor instead.",
        )
    started = replace(
        held,
        id=new_id,
        assessor_id=assessor_id,
        reviewer_id=reviewer_id,
        valid_from=on,
        version=1,
    )
    return replace(held, valid_until=on), started


def _earlier(one: date | None, other: date | None) -> date | None:
    return min((day for day in (one, other) if day is not None), default=None)

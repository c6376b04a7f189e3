"""A counter, its rosters, and what a roster may not say."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Counter:
    """A desk of a unit. Without `service_ids` anything is served there."""

    id: UUID
    unit_id: UUID
    name: str
    service_ids: tuple[UUID, ...] = ()
    version: int = 1


@dataclass(frozen=True, slots=True, order=True)
class Shift:
    """A person serves from `starts` to before `ends`, in the tenant's zone."""

    starts: time
    ends: time
    person_id: UUID


@dataclass(frozen=True, slots=True)
class Roster:
    """Who serves at a counter on one day. Shifts of several people may overlap."""

    id: UUID
    counter_id: UUID
    day: date
    shifts: tuple[Shift, ...] = ()
    version: int = 1

    def of(self, person_id: UUID | None) -> "Roster":
        """The roster with the shifts of one person only."""
        own = tuple(shift for shift in self.shifts if shift.person_id == person_id)
        return Roster(self.id, self.counter_id, self.day, own, self.version)


def fault(shifts: Iterable[Shift]) -> str | None:
    """What is wrong with the shifts of one day."""
    last: dict[UUID, Shift] = {}
    for shift in sorted(shifts):
        if shift.ends <= shift.starts:
            return "must end after they start, on the same day"
        before = last.get(shift.person_id)
        if before is not None and shift.starts < before.ends:
            return "of one person overlap: make them one, or let the second start later"
        last[shift.person_id] = shift
    return None

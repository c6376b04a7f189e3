"""A service that citizens come for."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Offering:
    """A service, what citizens have to bring for it, and the time it is promised in, if any:
    minutes or working days, never both. `cost_rupiah` 0 is free, None is not known here. `unit_ids`
    are the units that offer it."""

    id: UUID
    name: str
    standard_minutes: int | None = None
    version: int = 1
    standard_working_days: int | None = None
    description: str | None = None
    requirements: tuple[str, ...] = ()
    cost_rupiah: int | None = None
    unit_ids: tuple[UUID, ...] = ()

    def promised_twice(self) -> bool:
        """Whether it says minutes and working days, of which only one can be meant."""
        return self.standard_minutes is not None and self.standard_working_days is not None

"""A service that citizens come for."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Offering:
    """A service and the minutes it is promised in, if any."""

    id: UUID
    name: str
    standard_minutes: int | None = None
    version: int = 1

"""A goal of the region."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Goal:
    """What the region wants to reach, from `starts_on` to the day before `ends_on`."""

    id: UUID
    name: str
    starts_on: date
    ends_on: date
    version: int = 1

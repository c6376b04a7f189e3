"""A place in a training programme, and what its completion must say."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from services.registry.training.rules import Programme, ProgrammeRefused


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A person's place in a programme; `mark` is 0 to 100, as the provider gave it."""

    id: UUID
    programme_id: UUID
    person_id: UUID
    enrolled_at: datetime
    completed_on: date | None = None
    mark: Decimal | None = None
    version: int = 1


def check_completion(programme: Programme, completed_on: date, today: date) -> None:
    """Refuse a completion before the programme began, or in the future."""
    if completed_on < programme.starts_on:
        raise ProgrammeRefused(
            "completed_on", f"must not be before the programme begins, on {programme.starts_on}"
        )
    if completed_on > today:
        raise ProgrammeRefused("completed_on", f"must not be after today, {today}")

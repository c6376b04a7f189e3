"""Leave of a person, and its effect on an evaluation (rules, section 1)."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

ABSENT = "absent"
EFFECTS: Final = {
    "annual": ABSENT,
    "sick": ABSENT,
    "maternity": ABSENT,
    "important": ABSENT,
    "big": ABSENT,
    "study": "study",
    "unpaid": "not_rated",
    "pre_retirement": "not_rated",
    "suspended": "not_rated",
}
"""What each kind of leave means: a value of contracts' `LeaveEffect`."""


@dataclass(frozen=True, slots=True)
class Leave:
    """`person_id` is away from `valid_from` to the day before `valid_until`; without it, until
    further notice. `kind` is a key of `EFFECTS`: it may concern health and is personal data."""

    id: UUID
    person_id: UUID
    kind: str
    valid_from: date
    valid_until: date | None = None
    version: int = 1

    def holds_on(self, day: date) -> bool:
        """Whether `day` is one of its days."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)

    def overlaps(self, other: "Leave") -> bool:
        """Whether both hold on some day."""
        return (other.valid_until is None or self.valid_from < other.valid_until) and (
            self.valid_until is None or other.valid_from < self.valid_until
        )

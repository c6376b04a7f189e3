"""Dated assignments and what a transfer does to them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

DEFINITIVE = "definitive"
HEAD = "head"
DUTIES = (HEAD, "survey_officer", "complaint_officer", "personnel_officer")
"""Values of contracts' `Duty`, in the order in which they are stored."""


class TransferRefused(ValueError):  # noqa: N818 - it reads as a sentence
    """The message says what to do instead; `slug` names the case."""

    def __init__(self, slug: str, message: str) -> None:
        super().__init__(message)
        self.slug = slug


@dataclass(frozen=True, slots=True)
class Assignment:
    """`person_id` works in `unit_id` from `valid_from` to the day before `valid_until`.

    `kind` is a value of contracts' `AssignmentKind`; without `valid_until` it goes on. `duties` is
    what the person answers for in that unit: by it messages find their readers. `post_id` is a
    post of that unit; `acting_as` says as what somebody acts in it: `plt` (no holder) or `plh` (the
    holder is away).
    """

    id: UUID
    person_id: UUID
    unit_id: UUID
    kind: str
    valid_from: date
    valid_until: date | None = None
    duties: tuple[str, ...] = ()
    version: int = 1
    post_id: UUID | None = None
    acting_as: str | None = None

    def holds_on(self, day: date) -> bool:
        """Whether `day` is one of its days."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)

    def overlaps(self, other: "Assignment") -> bool:
        """Whether both hold on some day."""
        return (other.valid_until is None or self.valid_from < other.valid_until) and (
            self.valid_until is None or other.valid_from < self.valid_until
        )


def in_order(duties: Collection[str]) -> tuple[str, ...]:
    """Each duty once, in the order of `DUTIES`: the same duties are the same state."""
    return tuple(duty for duty in DUTIES if duty in duties)


def transfer(
    existing: Iterable[Assignment],
    unit_id: UUID,
    *,
    on: date,
    new_id: UUID,
    duties: Collection[str] | None = None,
    post_id: UUID | None = None,
) -> tuple[Assignment, Assignment]:
    """The definitive assignment that ends on `on`, and the one that takes over its remaining days.

    A transfer in the past changes the one that held then, and ends where that one ended; later
    ones stay. Without `duties` the person goes on with the ones held, but heads nothing: the old
    unit's head is not the new one's; nor is its post, which without `post_id` ends with it. Raises
    `TransferRefused`.
    """
    held = next((a for a in existing if a.kind == DEFINITIVE and a.holds_on(on)), None)
    if held is None:
        raise TransferRefused(
            "nothing-to-transfer",
            f"No definitive assignment holds on {on}: create one that begins on this day instead.",
        )
    if held.unit_id == unit_id and post_id in {None, held.post_id}:
        raise TransferRefused(
            "already-there",
            f"The person works in this unit since {held.valid_from}: choose another unit, post or "
            "day.",
        )
    if held.valid_from == on:
        raise TransferRefused(
            "transfer-on-first-day",
            f"The current assignment begins on {on} itself: correct its unit instead.",
        )
    kept = set(held.duties) - {HEAD} if duties is None else duties
    started = replace(
        held,
        id=new_id,
        unit_id=unit_id,
        post_id=post_id,
        valid_from=on,
        duties=in_order(kept),
        version=1,
    )
    return replace(held, valid_until=on), started

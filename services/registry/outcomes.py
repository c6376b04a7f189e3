"""What became of something that was to be as a document says: for what is safe to send twice."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Outcome(StrEnum):
    """Whether it had to be stored."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Change:
    """One entity; `kind` as in `registry.<kind>.v1`, `name` in words of the one who sent it."""

    kind: str
    name: str
    id: UUID
    outcome: Outcome

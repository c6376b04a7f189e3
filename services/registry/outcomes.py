"""What became of something that was to be as a document says: for what is safe to send twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

T = TypeVar("T")


class Outcome(StrEnum):
    """Whether it had to be stored."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class EntityOutcome:
    """One entity; `kind` as in `registry.<kind>.v1`, `name` in words of the one who sent it."""

    kind: str
    name: str
    id: UUID
    outcome: Outcome


def outcome_of(before: object | None, after: object) -> Outcome:
    """`before` is what was there, or None; equal ones need not be stored."""
    if before is None:
        return Outcome.CREATED
    return Outcome.UNCHANGED if after == before else Outcome.CHANGED


def which(outcome: Outcome, found: Iterable[tuple[T, Outcome]]) -> list[T]:
    """Those of which this became."""
    return [entity for entity, became in found if became is outcome]

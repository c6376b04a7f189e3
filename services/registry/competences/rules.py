"""Competences, and what a lack of one is seen by (rules, section 6)."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Competence:
    """What somebody must be able to do. A weak result of one of `indicator_ids`, of a BerAKHLAK
    value or of an element of the satisfaction survey is a need for training in it."""

    id: UUID
    code: str
    name: str
    kind: str
    description: str | None = None
    indicator_ids: tuple[UUID, ...] = ()
    values: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    version: int = 1

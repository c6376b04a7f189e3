"""A unit and the tree it stands in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of the tenant: OPD, UPT, sub-district. `kind` is the tenant's own word."""

    id: UUID
    name: str
    kind: str
    code: str | None = None
    parent_id: UUID | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Step:
    """One unit on the way down from the top."""

    id: UUID
    name: str


def in_cycles(parents: Mapping[UUID, UUID | None], moved: Iterable[UUID]) -> set[UUID]:
    """Those of `moved` that would stand below themselves, given everybody's parent."""
    found = set()
    for unit in moved:
        above = parents.get(unit)
        seen = set()
        while above is not None and above != unit and above not in seen:
            seen.add(above)
            above = parents.get(above)
        if above == unit:
            found.add(unit)
    return found

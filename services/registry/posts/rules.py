"""A post of a unit."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Post:
    """Several people may hold one (executors). `post_kind` is a value of contracts' `PostKind`."""

    id: UUID
    unit_id: UUID
    title: str
    post_kind: str
    version: int = 1

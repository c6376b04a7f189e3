"""What kinds have in common whose rows are one entity each."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from uuid import UUID

from services.registry.imports.kind import Storing
from services.registry.imports.rules import Findings, Plan, Row
from shared.db import Connection

T = TypeVar("T")
Write = Callable[[Connection, UUID, Sequence[T]], Awaitable[object]]


@dataclass(slots=True)
class EntityPlan(Plan, Generic[T]):
    """What to insert and what to update."""

    new: list[T] = field(default_factory=list)
    altered: list[T] = field(default_factory=list)

    def put(self, before: T | None, after: T) -> None:
        """A good row: what is stored, if anything, becomes `after`."""
        if before is None:
            self.new.append(after)
            self.created += 1
        elif after != before:
            self.altered.append(after)
            self.changed += 1
        else:
            self.unchanged += 1


def writes(plan: EntityPlan[Any]) -> int:
    """How many entities are stored."""
    return len(plan.new) + len(plan.altered)


def storing_by(
    insert: Write[T], update: Write[T]
) -> Callable[[Connection, UUID, EntityPlan[T], Storing], Awaitable[None]]:
    """Changes first: they make room for what is new."""

    async def store(
        connection: Connection, tenant_id: UUID, plan: EntityPlan[T], storing: Storing
    ) -> None:
        for part in storing.slices(plan.altered):
            await update(connection, tenant_id, part)
        for part in storing.slices(plan.new):
            await insert(connection, tenant_id, part)

    return store


def one_by_one(write: Callable[[Connection, UUID, T], Awaitable[object]]) -> Write[T]:
    """For entities that a tenant has few of."""

    async def each(connection: Connection, tenant_id: UUID, entities: Sequence[T]) -> None:
        for entity in entities:
            await write(connection, tenant_id, entity)

    return each


class Lines:
    """Which line named something first: a second row for the same thing is bad."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._lines: dict[object, int] = {}

    def take(self, row: Row, name: str, key: object, *, what: str) -> None:
        """Refuse the cell where another line has the same `key`; `what` is that thing."""
        first = self._lines.setdefault(key, row.line)
        if first != row.line:
            self._findings.refuse(row, name, f"stands in line {first} too: one row for each {what}")


def one_line(text: str) -> str:
    """A stored name as a cell can hold it."""
    return " ".join(text.split())

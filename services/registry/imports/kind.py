"""What the engine needs to know about one kind of thing that files bring."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from services.registry.access import Refusals
from services.registry.imports.rules import Column, Plan, Sheet, Told
from shared.db import Connection

SLICE: Final = 1_000
"""Rows of one statement: long files let others in between, and tell how far they are."""

MOST_EXPORTED: Final = 1_000_000
"""Rows of one export."""

KnownT = TypeVar("KnownT")
PlanT = TypeVar("PlanT", bound=Plan)
T = TypeVar("T")


class Storing:
    """Hands out what is to be stored in slices, and tells how many are done of `total`."""

    def __init__(self, total: int, told: Told) -> None:
        self._total = total
        self._told = told
        self._done = 0

    def slices(self, items: Sequence[T]) -> Iterator[Sequence[T]]:
        """`items` in slices; one counts as done when the next is asked for."""
        for start in range(0, len(items), SLICE):
            part = items[start : start + SLICE]
            yield part
            self.tell(len(part))

    def tell(self, count: int) -> None:
        """So many more are done, in one piece."""
        self._done += count
        self._told(self._done, self._total)


@dataclass(frozen=True, slots=True)
class Kind(Generic[KnownT, PlanT]):
    """All that is special about importing and exporting one kind.

    In an import, in one transaction: `lock`, then `known` reads what the rows may concern, `plan`
    (pure, in a thread) says what is bad and what would change, `store` stores a plan without bad
    rows; `writes` counts its rows for whoever watches. `export` gives rows of texts by field, such
    that importing them changes nothing. A violated constraint is explained by `refusals`.
    """

    name: str
    columns: tuple[Column, ...]
    required: tuple[frozenset[str], ...]
    refusals: Refusals
    lock: Callable[[Connection, UUID], Awaitable[None]]
    known: Callable[[Connection, UUID, Sheet], Awaitable[KnownT]]
    plan: Callable[[Sheet, KnownT], PlanT]
    store: Callable[[Connection, UUID, PlanT, Storing], Awaitable[None]]
    writes: Callable[[PlanT], int]
    export: Callable[[Connection, UUID, date], Awaitable[list[Mapping[str, str]]]]


AnyKind = Kind[Any, Any]

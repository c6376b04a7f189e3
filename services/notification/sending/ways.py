"""How a channel tells what it needs for a batch, and how each message is handed over."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID

from services.notification.deliveries.rules import Claimed, Result

Send: TypeAlias = Callable[[], Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class Skip:
    """There is nothing to hand over, or nobody; ``reason`` is a slug."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """Not before ``until``: its reader is not to be disturbed now."""

    until: datetime


Way: TypeAlias = Send | Skip | Later


class Ways(Protocol):
    """A channel."""

    async def prepare(self, batch: Sequence[Claimed]) -> Mapping[UUID, Way]:
        """By delivery: how it is handed over, or why not. Raises only what passes by."""
        ...

    async def rest(self) -> None:
        """Nothing waits: let go of what costs others something."""
        ...

    async def close(self) -> None:
        """Nothing is handed over any more."""
        ...


class NotConfigured:
    """A channel that this installation does not have."""

    async def prepare(self, batch: Sequence[Claimed]) -> Mapping[UUID, Way]:
        return {delivery.id: Skip("not_configured") for delivery in batch}

    async def rest(self) -> None:
        """There is nothing."""

    async def close(self) -> None:
        """There is nothing."""

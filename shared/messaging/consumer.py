"""What a service says about a topic it reads. The rest is `subscribe`'s work, the same for all.

Each service that reads topics has in its ``app.py``::

    def consumers(settings: Settings, pool: Pool) -> list[Consumer[Any]]: ...

with ``pool`` on its worker login. The worker role gives that list to `Consumers`; the commands
``tera dead-letters`` and ``tera consumers`` use the same list, so that a replayed record passes
through the very code that refused it.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from shared.contracts import EVENTS, Event, TenantChanged, Topic
from shared.db import Connection
from shared.messaging.records import Record

Item = TypeVar("Item")

Committed = Callable[[], None]
Handle = Callable[[Connection, Sequence[Item]], Awaitable[Committed | None]]
Trace = Callable[[Connection, Sequence[tuple[Item, str]]], Awaitable[None]]
Decode = Callable[[Record], Item]
DecodeBatch = Callable[[Sequence[Record]], Sequence[Item]]


class Refused(Exception):  # noqa: N818 - a verdict on a record, in the words of the domain
    """A handler refuses a record for good. It is parked under ``reason``, a stable slug.

    ``detail`` is shown to operators: ids and rules, never a value of the record.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


def check_zone(tenant: TenantChanged) -> None:
    """Raises ``Refused`` where a reader could not tell the days of this tenant."""
    try:
        ZoneInfo(tenant.zone)
    except (KeyError, ValueError, OSError) as error:  # not found is a KeyError, "../x" a ValueError
        raise Refused("unknown-zone", f"tenant {tenant.tenant_id}") from error


def decode_event(record: Record) -> Any:
    """The contract event named by ``ce_type``. Raises ``Refused`` or ``ValidationError``."""
    kind = EVENTS.get(record.ce("type") or "")
    if kind is None:
        raise Refused("undecodable", "no event class for this ce_type")
    return kind.read(record.value or b"")


@dataclass(frozen=True, kw_only=True)
class Consumer(Generic[Item]):
    """One service's reading of one topic.

    ``handle(connection, items)`` gets the items of a batch in the order of their partitions and one
    transaction: effects and outbox rows are written there, set-based, and nothing else is awaited.
    It may be called again with the same items, with a part of them, or with older ones after newer
    ones, so its effects must be the same any number of times. It raises nothing for transient
    errors of its own; those of the database pass through and are retried. Any other error is
    bisected until the bad record stands alone and is parked; ``Refused`` names the reason. What it
    returns, if anything, is called once its effects are committed: metrics are counted there.

    ``trace`` is for a consumer whose effects are finished by somebody else later. It is called
    after ``handle``, in its transaction, with those of the items that are traced, each with the
    traceparent of its span: to be kept beside the work that is left. Never called otherwise.

    ``events`` are the kinds this service reads. Records of other kinds (a newer writer's) and
    tombstones are skipped and counted, never parked.

    ``decode`` makes an item of a record; by default the contract event itself. A hot consumer gives
    ``decode_batch`` too: the same items, made faster, for the whole batch; where it raises, records
    are decoded one by one with ``decode``, which decides.

    ``name`` tells two consumers of one service and topic apart; it ends the group's name.
    """

    service: str
    topic: Topic
    events: tuple[type[Event], ...]
    handle: Handle[Item]
    decode: Decode[Item] = decode_event
    decode_batch: DecodeBatch[Item] | None = None
    trace: Trace[Item] | None = None
    name: str = ""
    max_records: int = 5000

    def group(self, prefix: str) -> str:
        """``<prefix><service>-<topic>``, or the consumer's own name instead of the topic's."""
        return f"{prefix}{self.service}-{self.name or self.topic.name}"

"""`/v1/deliveries`: the log, for tenant administrators. No address and no text stands in it."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.notification.access import Access, Administrator
from services.notification.deliveries import store
from services.notification.deliveries.rules import Attempt, Delivery
from shared.http.paging import Page, Paging
from shared.http.problems import not_found

router = APIRouter(prefix="/v1/deliveries", tags=["deliveries"])


class Channel(StrEnum):
    """The inbox is no delivery: what is in it has arrived."""

    EMAIL = "email"
    WEBHOOK = "webhook"
    GATEWAY = "gateway"


class Outcome(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    SKIPPED = "skipped"


class Entry(BaseModel):
    """A delivery with every attempt that was made."""

    delivery: Delivery
    attempts: list[Attempt]


@router.get("")
async def list_deliveries(
    caller: Administrator,
    notification: Access,
    paging: Paging,
    *,
    occasion: Annotated[str | None, Query(max_length=63)] = None,
    channel: Channel | None = None,
    outcome: Outcome | None = None,
) -> Page[Delivery]:
    """Newest first."""
    (before,) = paging.after(UUID) or (None,)
    async with notification.transaction(caller.tenant) as connection:
        found = await store.page(
            connection,
            caller.tenant,
            occasion=occasion,
            channel=channel,
            outcome=outcome,
            before=before,
            limit=paging.fetch,
        )
    return paging.page(found, key=lambda delivery: (delivery.id,))


@router.get("/{delivery_id}")
async def show_delivery(delivery_id: UUID, caller: Administrator, notification: Access) -> Entry:
    async with notification.transaction(caller.tenant) as connection:
        delivery = await store.find(connection, caller.tenant, delivery_id)
        if delivery is None:
            raise not_found("This tenant has no delivery with this id: list them first.")
        attempts = await store.attempts_of(connection, caller.tenant, delivery_id)
    return Entry(delivery=delivery, attempts=attempts)

"""`/v1/history/{kind}/{id}`: who changed what, and what was known on a day."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path
from pydantic import BaseModel

from services.registry.access import Access, Keeper
from services.registry.history import store
from services.registry.history.store import Change
from services.registry.tenants import store as tenants
from shared.http.paging import Page, Paging
from shared.http.problems import not_found

router = APIRouter(prefix="/v1/history", tags=["history"])

Kind = Annotated[
    str, Path(pattern="^[a-z_]{1,40}$", description="As in `registry.<kind>.v1`: unit, person, ...")
]


class State(BaseModel):
    """`state` is the entity as it was stored at the end of `day`, in the tenant's zone; null after
    its deletion."""

    day: date
    changed_at: datetime
    state: dict[str, Any] | None


@router.get("/{kind}/{entity_id}")
async def list_changes(
    kind: Kind, entity_id: UUID, *, caller: Keeper, registry: Access, paging: Paging
) -> Page[Change]:
    """Every change of one entity, the newest first. What was deleted keeps its history."""
    (before,) = paging.after(int) or (None,)
    async with registry.transaction(caller.tenant) as connection:
        changes = await store.page(
            connection,
            caller.tenant,
            kind=kind,
            entity_id=entity_id,
            before_id=before,
            limit=paging.fetch,
        )
    if not changes and before is None:
        raise not_found("This tenant never had such an entity: check kind and id.")
    return paging.page(changes, key=lambda change: (change.id,))


@router.get("/{kind}/{entity_id}/{day}")
async def show_state(
    kind: Kind, entity_id: UUID, day: date, *, caller: Keeper, registry: Access
) -> State:
    """What was known of an entity at the end of a day."""
    if day == date.max:
        raise not_found("No day follows this one: ask for an earlier one.")
    async with registry.transaction(caller.tenant) as connection:
        tenant = await tenants.find(connection, caller.tenant)
        if tenant is None:
            raise not_found("The tenant of your token is not registered here.")
        end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(tenant.zone))
        change = await store.last_before(
            connection, caller.tenant, kind=kind, entity_id=entity_id, moment=end
        )
    if change is None:
        raise not_found("Nothing was known of it on this day: ask for a later one.")
    return State(day=day, changed_at=change.changed_at, state=change.after)

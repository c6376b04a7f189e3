"""HTTP of counters."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from services.feedback.counters import store
from services.feedback.counters.rules import new_code
from services.feedback.registry_replica.api import check_known
from services.feedback.state import InState
from shared.db import uuid7
from shared.http.auth import Principal, Role, require
from shared.http.paging import Page, Paging
from shared.http.problems import Problem, not_found

router = APIRouter(tags=["counters"])

Keeper = Annotated[
    Principal,
    Depends(require(Role.survey_officer, Role.unit_officer, Role.tenant_administrator)),
]


class CounterBody(BaseModel):
    """Where the code will be printed."""

    model_config = ConfigDict(extra="forbid")

    unit_id: UUID
    service_id: UUID


class CounterShown(BaseModel):
    """``code`` is typed by citizens; ``answer_path`` takes their answers. A name is absent for a
    moment where feedback has not heard it yet."""

    counter_id: UUID
    code: str
    unit_id: UUID
    service_id: UUID
    unit_name: str | None
    service_name: str | None
    answer_path: str
    created_at: datetime
    switched_off_at: datetime | None


def _shown(counter: store.Counter, tenant: UUID) -> CounterShown:
    return CounterShown(
        counter_id=counter.id,
        code=counter.code,
        unit_id=counter.unit_id,
        service_id=counter.service_id,
        unit_name=counter.unit_name,
        service_name=counter.service_name,
        answer_path=f"/v1/tenants/{tenant}/answers",
        created_at=counter.created_at,
        switched_off_at=counter.switched_off_at,
    )


@router.post("/v1/counters", status_code=201)
async def create_counter(body: CounterBody, caller: Keeper, state: InState) -> CounterShown:
    """Get a code for walk-in answers of one unit and service."""
    async with state.database.transaction(caller.tenant) as connection:
        await check_known(
            connection, caller.tenant, unit_id=body.unit_id, service_id=body.service_id
        )
        while True:
            counter = store.Counter(
                id=uuid7(),
                code=new_code(),
                unit_id=body.unit_id,
                service_id=body.service_id,
                created_at=datetime.now(UTC),
                switched_off_at=None,
            )
            if await store.insert(connection, caller.tenant, counter=counter):
                stored = await store.find(connection, caller.tenant, counter_id=counter.id)
                return _shown(stored or counter, caller.tenant)


@router.get("/v1/counters")
async def list_counters(
    caller: Keeper, state: InState, paging: Paging, unit_id: UUID | None = None
) -> Page[CounterShown]:
    """The tenant's counters, oldest first."""
    after = paging.after(UUID)
    async with state.database.transaction(caller.tenant) as connection:
        counters = await store.page(
            connection,
            caller.tenant,
            unit_id=unit_id,
            after=after[0] if after else None,
            limit=paging.fetch,
        )
    shown = [_shown(counter, caller.tenant) for counter in counters]
    return paging.page(shown, key=lambda counter: (counter.counter_id,))


@router.get("/v1/counters/{counter_id}")
async def read_counter(counter_id: UUID, caller: Keeper, state: InState) -> CounterShown:
    """One counter, to print its sign again."""
    async with state.database.transaction(caller.tenant) as connection:
        counter = await store.find(connection, caller.tenant, counter_id=counter_id)
    if counter is None:
        raise _no_such_counter()
    return _shown(counter, caller.tenant)


@router.post("/v1/counters/{counter_id}/switch-off")
async def switch_off_counter(counter_id: UUID, caller: Keeper, state: InState) -> CounterShown:
    """Take no more answers by this code. Safe to repeat."""
    async with state.database.transaction(caller.tenant) as connection:
        counter = await store.switch_off(
            connection, caller.tenant, counter_id=counter_id, now=datetime.now(UTC)
        )
    if counter is None:
        raise _no_such_counter()
    return _shown(counter, caller.tenant)


def _no_such_counter() -> Problem:
    return not_found("There is no such counter: GET /v1/counters lists them.")

"""`/v1/periods`: what is evaluated when, and how far it has come."""

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from services.registry.access import Access, Keeper, Member, no_tenant, refused
from services.registry.fields import Body, Text
from services.registry.periods import store
from services.registry.periods.rules import (
    PLANNED,
    AdvanceRefused,
    Period,
    PeriodRefused,
    advance,
    check_dates,
    closing,
    of_year,
)
from services.registry.tenants import store as tenants
from shared.contracts import Instant, PeriodKind, PeriodState, ServiceDay
from shared.db import Connection, uuid7
from shared.http.paging import Page, Paging
from shared.http.problems import Problem, conflict, not_found
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(prefix="/v1/periods", tags=["periods"])

Year = Annotated[int, Field(ge=2000, le=2199)]


def _taken() -> Problem:
    return conflict(
        "period-exists",
        "Nothing was stored: the tenant has a period of this kind for these days. Use that one, "
        "see /v1/periods.",
    )


_REFUSALS = {"uq_periods_tenant_id_kind_starts_on": _taken}
_has_plans = partial(
    conflict, "period-has-plans", "Somebody has a plan for this period: it has to stay as it is."
)
_PLANNED_FOR = {"fk_plans_tenant_id_period_id_periods": _has_plans}


class NewPeriod(Body):
    """One month, quarter or year, from `starts_on` to before `ends_on` in the tenant's zone."""

    kind: PeriodKind
    starts_on: ServiceDay
    ends_on: date
    closes_at: Instant


class PeriodChange(Body):
    kind: PeriodKind = PeriodKind.MONTHLY
    starts_on: ServiceDay = date.min
    ends_on: date = date.min
    closes_at: Instant = datetime.max.replace(tzinfo=UTC)


class NewYear(Body):
    """All periods of a kind that begin in `year`; each closes `closes_after_days` days after its
    last day."""

    year: Year
    kind: PeriodKind
    closes_after_days: Annotated[int, Field(ge=0, le=366)] = 31


class Generated(BaseModel):
    """Those that were made now; a year that is there already makes none."""

    created: list[Period]


class Advance(Body):
    """`reason` is needed, and allowed, only for opening a closed period again."""

    to: PeriodState
    reason: Text | None = None


@router.post("", status_code=201)
async def create_period(
    new: NewPeriod, caller: Keeper, registry: Access, response: Response
) -> Period:
    period = Period(uuid7(), new.kind, new.starts_on, new.ends_on, new.closes_at)

    async def work(connection: Connection) -> None:
        _check(period, await _zone(connection, caller.tenant))
        if not await store.insert(connection, caller.tenant, [period]):
            raise _taken()

    await registry.write(caller, work)
    show_version(response, period.version)
    return period


@router.post("/generate")
async def generate_periods(wanted: NewYear, caller: Keeper, registry: Access) -> Generated:
    async def work(connection: Connection) -> Generated:
        zone = await _zone(connection, caller.tenant)
        periods = [
            Period(uuid7(), wanted.kind, first, end, closing(end, wanted.closes_after_days, zone))
            for first, end in of_year(wanted.year, wanted.kind)
        ]
        return Generated(created=await store.insert(connection, caller.tenant, periods))

    return await registry.write(caller, work)


@router.get("")
async def list_periods(
    caller: Member,
    registry: Access,
    paging: Paging,
    *,
    kind: PeriodKind | None = None,
    year: Annotated[Year | None, Query(description="In which it begins")] = None,
    on: Annotated[date | None, Query(description="A day that is in it")] = None,
) -> Page[Period]:
    after = paging.after(date, UUID)
    async with registry.transaction(caller.tenant) as connection:
        periods = await store.page(
            connection,
            caller.tenant,
            after=(after[0], after[1]) if after else None,
            limit=paging.fetch,
            kind=kind,
            year=year,
            on=on,
        )
    return paging.page(periods, key=lambda period: (period.starts_on, period.id))


@router.get("/{period_id}")
async def show_period(
    period_id: UUID, caller: Member, registry: Access, response: Response
) -> Period:
    async with registry.transaction(caller.tenant) as connection:
        period = await store.find(connection, caller.tenant, period_id)
    if period is None:
        raise unknown_period()
    show_version(response, period.version)
    return period


@router.patch("/{period_id}")
async def change_period(
    period_id: UUID,
    change: PeriodChange,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> Period:
    """Fields that are left out stay. Once it runs, only `closes_at` may change."""

    async def work(connection: Connection) -> Period:
        period = await _locked(connection, caller.tenant, period_id)
        check_version(period.version, expected)
        changed = replace(period, **change.given())
        if changed == period:
            return period
        if period.state != PLANNED and replace(changed, closes_at=period.closes_at) != period:
            raise conflict(
                "period-begun",
                f"Nothing was stored: the period is {period.state}, its kind and days stay. Only "
                "closes_at may change.",
            )
        if replace(changed, closes_at=period.closes_at) != period and await store.has_plans(
            connection, caller.tenant, period_id
        ):
            raise _has_plans()
        _check(changed, await _zone(connection, caller.tenant))
        return await store.update(connection, caller.tenant, changed)

    period = await registry.write(caller, work, refusals=_REFUSALS)
    show_version(response, period.version)
    return period


@router.post("/{period_id}/advance")
async def advance_period(
    period_id: UUID,
    step: Advance,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> Period:
    """planned, running, evaluating, closed: one after the other. Asked for the state it has, a
    period stays as it is."""

    async def work(connection: Connection) -> Period:
        period = await _locked(connection, caller.tenant, period_id)
        check_version(period.version, expected)
        if period.state == step.to:
            return period
        try:
            advanced = advance(period, step.to, step.reason)
        except AdvanceRefused as refusal:
            raise conflict("period-state", str(refusal)) from None
        except PeriodRefused as refusal:
            raise refused(refusal.field, str(refusal)) from None
        return await store.update(connection, caller.tenant, advanced)

    period = await registry.write(caller, work)
    show_version(response, period.version)
    return period


@router.delete("/{period_id}", status_code=204)
async def delete_period(
    period_id: UUID, caller: Keeper, registry: Access, expected: Expected
) -> None:
    """Only while it is planned and nobody has a plan for it."""

    async def work(connection: Connection) -> None:
        period = await _locked(connection, caller.tenant, period_id)
        check_version(period.version, expected)
        if period.state != PLANNED:
            raise conflict(
                "period-begun", f"The period is {period.state}: it can no longer be deleted."
            )
        await store.delete(connection, caller.tenant, period)

    await registry.write(caller, work, refusals=_PLANNED_FOR)


unknown_period = partial(
    not_found, "This tenant has no period with this id: list them at /v1/periods."
)


async def _locked(connection: Connection, tenant_id: UUID, period_id: UUID) -> Period:
    period = await store.find(connection, tenant_id, period_id, lock=True)
    if period is None:
        raise unknown_period()
    return period


def _check(period: Period, zone: ZoneInfo) -> None:
    try:
        check_dates(period, zone)
    except PeriodRefused as refusal:
        raise refused(refusal.field, str(refusal)) from None


async def _zone(connection: Connection, tenant_id: UUID) -> ZoneInfo:
    tenant = await tenants.find(connection, tenant_id)
    if tenant is None:
        raise no_tenant()
    return ZoneInfo(tenant.zone)

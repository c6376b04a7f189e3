"""`/v1/indicators`: what is measured, of whom, and which values are as expected."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from services.registry.access import Access, Keeper, Member, no_tenant, refused
from services.registry.fields import Amount, Body, Text, Word
from services.registry.indicators import store
from services.registry.indicators.rules import Band, Indicator, refusals
from services.registry.people.api import check_may_see
from shared.contracts import Aspect, Better, IndicatorSource, MeasureUnit, PostKind
from shared.db import Connection, uuid7
from shared.http.paging import Page, Paging
from shared.http.problems import conflict, invalid_request, not_found
from shared.http.versions import Expected, check_version, show_version
from shared.http.words import FieldProblem

router = APIRouter(prefix="/v1/indicators", tags=["indicators"])

_REFUSALS = {
    "fk_indicators_tenant_id_unit_id_units": partial(
        refused, "unit_id", "is not a unit of this tenant: leave it out for the whole tenant"
    ),
    "fk_indicators_tenant_id_service_id_services": partial(
        refused, "service_id", "is not a service of this tenant: see /v1/services"
    ),
    "fk_indicators_tenant_id_person_id_people": partial(
        refused, "person_id", "is not a person of this tenant: leave it out for everybody"
    ),
    "fk_indicators_tenant_id_tenants": no_tenant,
}


class BandBody(Body):
    """From `lower` (included) to `upper` (excluded); what is left out goes on for ever."""

    lower: Amount | None = None
    upper: Amount | None = None
    points: Annotated[int, Field(ge=0, le=120)]


class IndicatorBody(Body):
    """The whole indicator: a change replaces it entirely.

    Inside `target_low` to `target_high`, ends included, is as expected. It applies to `unit_id` and
    the units below it (absent: the whole tenant), there to `person_id`, to posts of `post_kind`, or
    to everybody; `valid_until` is the first day no more.
    """

    name: Text
    source: IndicatorSource
    measure_unit: MeasureUnit
    better: Better
    target_low: Amount
    target_high: Amount
    bands: Annotated[tuple[BandBody, ...], Field(max_length=20)] = ()
    aspect: Aspect
    theme: Word | None = None
    weight: Amount = Decimal(1)
    service_id: UUID | None = None
    unit_id: UUID | None = None
    post_kind: PostKind | None = None
    person_id: UUID | None = None
    valid_from: date
    valid_until: date | None = None

    def indicator(self, indicator_id: UUID, version: int = 1) -> Indicator:
        """Raises the Problem that names every field which contradicts another."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        fields["bands"] = tuple(Band(b.lower, b.upper, b.points) for b in self.bands)
        indicator = Indicator(**fields, id=indicator_id, version=version)
        if found := refusals(indicator):
            raise invalid_request([FieldProblem(*refusal) for refusal in found])
        return indicator


@router.post("", status_code=201)
async def create_indicator(
    new: IndicatorBody, caller: Keeper, registry: Access, response: Response
) -> Indicator:
    indicator = new.indicator(uuid7())
    await registry.write(
        caller,
        lambda connection: store.insert(connection, caller.tenant, [indicator]),
        refusals=_REFUSALS,
    )
    show_version(response, indicator.version)
    return indicator


@router.get("")
async def list_indicators(
    caller: Keeper,
    registry: Access,
    paging: Paging,
    name: Annotated[str | None, Query(max_length=200)] = None,
) -> Page[Indicator]:
    """All of the tenant, those of single persons too."""
    (after,) = paging.after(UUID) or (None,)
    async with registry.transaction(caller.tenant) as connection:
        indicators = await store.page(
            connection, caller.tenant, after=after, limit=paging.fetch, name=name
        )
    return paging.page(indicators, key=lambda indicator: (indicator.id,))


@router.get("/{indicator_id}")
async def show_indicator(
    indicator_id: UUID, caller: Member, registry: Access, response: Response
) -> Indicator:
    async with registry.transaction(caller.tenant) as connection:
        indicator = await store.find(connection, caller.tenant, indicator_id)
    if indicator is None:
        raise _unknown()
    if indicator.person_id is not None:
        check_may_see(caller, indicator.person_id)
    show_version(response, indicator.version)
    return indicator


@router.put("/{indicator_id}")
async def replace_indicator(
    indicator_id: UUID,
    document: IndicatorBody,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> Indicator:
    wanted = document.indicator(indicator_id)

    async def work(connection: Connection) -> Indicator:
        indicator = await _locked(connection, caller.tenant, indicator_id)
        check_version(indicator.version, expected)
        changed = replace(wanted, version=indicator.version)
        if changed == indicator:
            return indicator
        await check_measured_alike(connection, caller.tenant, indicator, changed)
        (stored,) = await store.update(connection, caller.tenant, [changed])
        return stored

    indicator = await registry.write(caller, work, refusals=_REFUSALS)
    show_version(response, indicator.version)
    return indicator


@router.delete("/{indicator_id}", status_code=204)
async def delete_indicator(
    indicator_id: UUID, caller: Keeper, registry: Access, expected: Expected
) -> None:
    """For entries made by mistake; what is no longer measured gets a `valid_until`."""

    async def work(connection: Connection) -> None:
        indicator = await _locked(connection, caller.tenant, indicator_id)
        check_version(indicator.version, expected)
        await _check_unplanned(connection, caller.tenant, indicator_id)
        await store.delete(connection, caller.tenant, indicator)

    await registry.write(caller, work)


async def _locked(connection: Connection, tenant_id: UUID, indicator_id: UUID) -> Indicator:
    indicator = await store.find(connection, tenant_id, indicator_id, lock=True)
    if indicator is None:
        raise _unknown()
    return indicator


async def check_measured_alike(
    connection: Connection, tenant_id: UUID, before: Indicator, after: Indicator
) -> None:
    """409 where plans take figures from an indicator, locked as by `find`, and would get others."""
    if (before.measure_unit, before.better) != (after.measure_unit, after.better):
        await _check_unplanned(connection, tenant_id, before.id)


async def _check_unplanned(connection: Connection, tenant_id: UUID, indicator_id: UUID) -> None:
    """The row is locked: no plan names it from now on that did not before."""
    if await store.is_planned(connection, tenant_id, indicator_id):
        raise conflict(
            "indicator-in-plans",
            "Nothing was stored: plans take their figures from this indicator as it is measured. "
            "Give it a valid_until, and make another one for what is measured from then on.",
        )


_unknown = partial(
    not_found, "This tenant has no indicator with this id: list them at /v1/indicators."
)

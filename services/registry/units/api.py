"""`/v1/units`: the tree of any day, read by everybody of the tenant, kept by personnel officers."""

from dataclasses import replace
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from services.registry.access import Access, Keeper, Member
from services.registry.fields import Body, Text, Word
from services.registry.locks import lock_all
from services.registry.regions.api import check_codes
from services.registry.tenants import store as tenants
from services.registry.units import names, store
from services.registry.units.answers import UnitAnswer, answer, unknown_unit, with_path
from services.registry.units.checks import (
    ITSELF,
    NOT_EMPTY,
    REFUSALS,
    alias_taken,
    check_tree,
    check_words,
)
from services.registry.units.rules import SINCE_EVER, Unit
from shared.db import Connection, uuid7
from shared.http.paging import Page, Paging
from shared.http.problems import not_found
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(prefix="/v1/units", tags=["units"])


class NewUnit(Body):
    """`kind` is the tenant's own word: dinas, kecamatan, puskesmas. `since` is its first day;
    without it the unit is there since ever, or since its parent is. The regions are codes of
    `/v1/regions`, for a unit that serves one."""

    name: Text
    kind: Word
    code: Word | None = None
    parent_id: UUID | None = None
    since: date | None = None
    region_kemendagri: Word | None = None
    region_bps: Word | None = None


class UnitChange(Body):
    name: Text = ""
    kind: Word = ""
    code: Word | None = None
    parent_id: UUID | None = None
    region_kemendagri: Word | None = None
    region_bps: Word | None = None


On = Annotated[date | None, Query(description="The day that is asked for; without it today")]


@router.post("", status_code=201)
async def create_unit(
    new: NewUnit, caller: Keeper, registry: Access, response: Response
) -> UnitAnswer:
    async def work(connection: Connection) -> UnitAnswer:
        await lock_all(connection, caller.tenant, "units")
        await check_words(connection, caller.tenant, [new.name, new.code])
        since = new.since or await _parents_first_day(connection, caller.tenant, new.parent_id)
        await check_codes(connection, kemendagri=new.region_kemendagri, bps=new.region_bps)
        unit = Unit(
            uuid7(),
            new.name,
            new.kind,
            new.code,
            new.parent_id,
            region_kemendagri=new.region_kemendagri,
            region_bps=new.region_bps,
            state_from=since,
        )
        await store.insert(connection, caller.tenant, [unit])
        if new.parent_id is not None:
            await check_tree(connection, caller.tenant, {unit.id})
        return await answer(connection, caller.tenant, unit.in_step())

    created = await registry.write(caller, work, refusals=REFUSALS)
    show_version(response, created.version)
    return created


@router.get("")
async def list_units(
    *,
    caller: Member,
    registry: Access,
    paging: Paging,
    code: Annotated[str | None, Query(max_length=40)] = None,
    parent_id: UUID | None = None,
    q: Annotated[
        str | None, Query(max_length=200, description="Part of a name, code or alias")
    ] = None,
    on: On = None,
) -> Page[UnitAnswer]:
    """Units that exist on the day, each with its path of that day."""
    (after,) = paging.after(UUID) or (None,)
    async with registry.transaction(caller.tenant) as connection:
        day = on or await tenants.today(connection, caller.tenant)
        units = await store.page(
            connection,
            caller.tenant,
            on=day,
            after=after,
            limit=paging.fetch,
            code=code,
            parent_id=parent_id,
            text=q,
        )
        paths = await store.paths(connection, caller.tenant, [unit.id for unit in units], on=day)
    answers = [with_path(unit, paths[unit.id]) for unit in units]
    return paging.page(answers, key=lambda unit: (unit.id,))


@router.get("/{unit_id}")
async def show_unit(
    unit_id: UUID, caller: Member, registry: Access, response: Response, on: On = None
) -> UnitAnswer:
    """Without `on` as it is today, or as it will be or was last where it does not exist today."""
    async with registry.transaction(caller.tenant) as connection:
        unit = await store.find(connection, caller.tenant, unit_id)
        if unit is None:
            raise unknown_unit()
        if on is not None and unit.state_on(on) is None:
            raise not_found("This unit does not exist on that day: leave `on` out to see its days.")
        show_version(response, unit.version)
        return await answer(connection, caller.tenant, unit, on=on)


@router.patch("/{unit_id}")
async def change_unit(
    unit_id: UUID,
    change: UnitChange,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> UnitAnswer:
    """Correct what the unit is now: as if it had been so since this state began. What changes on a
    day is a move. Fields that are left out stay; `parent_id` null makes it a top unit."""

    async def work(connection: Connection) -> UnitAnswer:
        await lock_all(connection, caller.tenant, "units")
        unit = await locked(connection, caller.tenant, unit_id)
        check_version(unit.version, expected)
        unit = unit.shown_on(await tenants.today(connection, caller.tenant))
        corrected = replace(unit, **change.given())
        if corrected != unit:
            await check_words(
                connection, caller.tenant, [corrected.name, corrected.code], besides=unit.id
            )
            await check_codes(
                connection,
                kemendagri=corrected.region_kemendagri,
                bps=corrected.region_bps,
            )
            (corrected,) = await store.update(connection, caller.tenant, [corrected])
        if corrected.parent_id not in (None, unit.parent_id):
            await check_tree(connection, caller.tenant, {unit.id})
        return await answer(connection, caller.tenant, corrected)

    corrected = await registry.write(caller, work, refusals=REFUSALS | ITSELF)
    show_version(response, corrected.version)
    return corrected


@router.put("/{unit_id}/aliases")
async def replace_aliases(
    unit_id: UUID,
    aliases: Annotated[list[Text], Field(max_length=50)],
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> UnitAnswer:
    """All of what else the unit is called, in files above all; each word means one unit."""

    async def work(connection: Connection) -> UnitAnswer:
        await lock_all(connection, caller.tenant, "units")
        unit = await locked(connection, caller.tenant, unit_id)
        check_version(unit.version, expected)
        once = {alias.lower(): alias for alias in aliases}
        wanted = replace(unit, aliases=tuple(once[folded] for folded in sorted(once)))
        called = await names.ids_called(connection, caller.tenant, once)
        if any(ids - {unit_id} for ids in called.values()):
            raise alias_taken()
        if wanted.aliases != unit.aliases:
            await names.replace_aliases(connection, caller.tenant, wanted)
            (wanted,) = await store.update(connection, caller.tenant, [wanted])
        return await answer(connection, caller.tenant, wanted)

    stored = await registry.write(caller, work, refusals={"pk_unit_aliases": alias_taken})
    show_version(response, stored.version)
    return stored


@router.delete("/{unit_id}", status_code=204)
async def delete_unit(unit_id: UUID, caller: Keeper, registry: Access, expected: Expected) -> None:
    """For entries made by mistake; a unit that ends is merged into another."""

    async def work(connection: Connection) -> None:
        unit = await locked(connection, caller.tenant, unit_id)
        check_version(unit.version, expected)
        await store.delete(connection, caller.tenant, unit)

    await registry.write(caller, work, refusals=NOT_EMPTY)


async def locked(connection: Connection, tenant_id: UUID, unit_id: UUID) -> Unit:
    """The unit, its row locked; raises the 404."""
    unit = await store.find(connection, tenant_id, unit_id, lock=True)
    if unit is None:
        raise unknown_unit()
    return unit


async def _parents_first_day(
    connection: Connection, tenant_id: UUID, parent_id: UUID | None
) -> date:
    parent = await store.find(connection, tenant_id, parent_id) if parent_id else None
    return parent.begins_on if parent else SINCE_EVER

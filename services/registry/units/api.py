"""`/v1/units`: the tree, read by everybody of the tenant, kept by personnel officers."""

from dataclasses import replace
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from services.registry.access import Access, Keeper, Member, refused
from services.registry.fields import Body, Text, Word
from services.registry.locks import lock_all
from services.registry.units import store
from services.registry.units.rules import Step, Unit
from shared.db import Connection, uuid7
from shared.http.paging import Page, Paging
from shared.http.problems import conflict, not_found
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(prefix="/v1/units", tags=["units"])

_REFUSALS = {
    "uq_units_tenant_id_code": partial(
        conflict,
        "unit-code-taken",
        "Nothing was stored: another unit has this code. Choose another, or change that unit.",
    ),
    "fk_units_tenant_id_parent_id_units": partial(
        refused, "parent_id", "is not a unit of this tenant: send the id of an existing unit"
    ),
    "fk_units_tenant_id_tenants": partial(
        not_found, "The tenant of your token is not registered here: have an operator create it."
    ),
}
_NOT_EMPTY = {
    "fk_units_tenant_id_parent_id_units": partial(
        conflict, "unit-has-units", "Move or delete the units below this one first."
    ),
    "fk_assignments_tenant_id_unit_id_units": partial(
        conflict,
        "unit-has-assignments",
        "People work or worked in this unit. Keep it, or delete their assignments first.",
    ),
    "fk_satisfaction_policies_tenant_id_unit_id_units": partial(
        conflict, "unit-has-policy", "Delete the satisfaction policies of this unit first."
    ),
}


class NewUnit(Body):
    """`kind` is the tenant's own word: dinas, kecamatan, puskesmas."""

    name: Text
    kind: Word
    code: Word | None = None
    parent_id: UUID | None = None


class UnitChange(Body):
    name: Text = ""
    kind: Word = ""
    code: Word | None = None
    parent_id: UUID | None = None


class UnitAnswer(BaseModel):
    """`path` leads from the top down to the unit itself."""

    id: UUID
    name: str
    kind: str
    code: str | None
    parent_id: UUID | None
    version: int
    path: list[Step]


@router.post("", status_code=201)
async def create_unit(
    new: NewUnit, caller: Keeper, registry: Access, response: Response
) -> UnitAnswer:
    unit = Unit(uuid7(), new.name, new.kind, new.code, new.parent_id)

    async def work(connection: Connection) -> UnitAnswer:
        await store.insert(connection, caller.tenant, [unit])
        return await _answer(connection, caller.tenant, unit)

    show_version(response, unit.version)
    return await registry.write(caller, work, refusals=_REFUSALS)


@router.get("")
async def list_units(
    caller: Member,
    registry: Access,
    paging: Paging,
    code: Annotated[str | None, Query(max_length=40)] = None,
    parent_id: UUID | None = None,
) -> Page[UnitAnswer]:
    (after,) = paging.after(UUID) or (None,)
    async with registry.transaction(caller.tenant) as connection:
        units = await store.page(
            connection,
            caller.tenant,
            after=after,
            limit=paging.fetch,
            code=code,
            parent_id=parent_id,
        )
        paths = await store.paths(connection, caller.tenant, [unit.id for unit in units])
    answers = [_with_path(unit, paths[unit.id]) for unit in units]
    return paging.page(answers, key=lambda unit: (unit.id,))


@router.get("/{unit_id}")
async def show_unit(
    unit_id: UUID, caller: Member, registry: Access, response: Response
) -> UnitAnswer:
    async with registry.transaction(caller.tenant) as connection:
        unit = await store.find(connection, caller.tenant, unit_id)
        if unit is None:
            raise unknown_unit()
        show_version(response, unit.version)
        return await _answer(connection, caller.tenant, unit)


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
    """Fields that are left out stay; `parent_id` null makes it a top unit."""

    async def work(connection: Connection) -> UnitAnswer:
        if "parent_id" in change.model_fields_set:
            await lock_all(connection, caller.tenant, "units")
        unit = await store.find(connection, caller.tenant, unit_id, lock=True)
        if unit is None:
            raise unknown_unit()
        check_version(unit.version, expected)
        changed = replace(unit, **change.given())
        if changed.parent_id not in (None, unit.parent_id):
            await _refuse_cycle(connection, caller.tenant, changed)
        if changed != unit:
            (changed,) = await store.update(connection, caller.tenant, [changed])
        return await _answer(connection, caller.tenant, changed)

    answer = await registry.write(caller, work, refusals=_REFUSALS)
    show_version(response, answer.version)
    return answer


@router.delete("/{unit_id}", status_code=204)
async def delete_unit(unit_id: UUID, caller: Keeper, registry: Access, expected: Expected) -> None:
    async def work(connection: Connection) -> None:
        unit = await store.find(connection, caller.tenant, unit_id, lock=True)
        if unit is None:
            raise unknown_unit()
        check_version(unit.version, expected)
        await store.delete(connection, caller.tenant, unit)

    await registry.write(caller, work, refusals=_NOT_EMPTY)


unknown_unit = partial(not_found, "This tenant has no unit with this id: list them at /v1/units.")


async def _refuse_cycle(connection: Connection, tenant_id: UUID, moved: Unit) -> None:
    assert moved.parent_id is not None
    above = (await store.paths(connection, tenant_id, [moved.parent_id]))[moved.parent_id]
    if moved.id in {step.id for step in above}:
        raise conflict(
            "unit-below-itself",
            "Nothing was stored: the new parent is this unit or stands below it. "
            "Choose another parent, or move that one away first.",
        )


async def _answer(connection: Connection, tenant_id: UUID, unit: Unit) -> UnitAnswer:
    return _with_path(unit, (await store.paths(connection, tenant_id, [unit.id]))[unit.id])


def _with_path(unit: Unit, path: list[Step]) -> UnitAnswer:
    return UnitAnswer(
        id=unit.id,
        name=unit.name,
        kind=unit.kind,
        code=unit.code,
        parent_id=unit.parent_id,
        version=unit.version,
        path=path,
    )

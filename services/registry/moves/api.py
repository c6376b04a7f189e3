"""`/v1/units/{id}/moves`, `/merge` and `/states`: what changes on a day, told with its effects."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, model_validator

from services.registry.access import Access, Keeper, refused
from services.registry.assignments import store as assignments
from services.registry.fields import Body, Text, Word
from services.registry.locks import lock_all
from services.registry.moves import store
from services.registry.moves.effects import effects_on_tree
from services.registry.moves.rules import (
    Effect,
    MoveRefused,
    What,
    chain,
    handed_over,
    merged,
    moved,
)
from services.registry.tenants import store as tenants
from services.registry.units import store as units
from services.registry.units.api import UnitAnswer, check_words, flawed, unknown_unit, with_path
from services.registry.units.rules import Step, Unit, flaw, without
from shared.db import Connection, uuid7
from shared.http.problems import conflict
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(prefix="/v1/units/{unit_id}", tags=["units"])


class Move(Body):
    """What the unit is from `on` until it changes next; fields that are left out stay, `parent_id`
    null makes it a top unit."""

    on: date
    name: Text = ""
    kind: Word = ""
    parent_id: UUID | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Move":
        if self.model_fields_set <= {"on"}:
            raise ValueError("says nothing: give name, kind or parent_id")
        return self


class Merge(Body):
    """`on` is the first day on which the unit is no more and the other does its work."""

    on: date
    into_id: UUID


class Changed(BaseModel):
    """The unit as it is stored, and what else changes; of a dry run as it would be."""

    unit: UnitAnswer
    effects: list[Effect]


DryRun = Annotated[bool, Query(description="Only tell the effects, store nothing")]
Backdated = Annotated[
    bool, Query(description="Needed where the day is past: what was counted changes")
]


@router.post("/moves")
async def move_unit(
    unit_id: UUID,
    move: Move,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
    dry_run: DryRun = False,
    backdated: Backdated = False,
) -> Changed:
    """Another name, kind or parent from a day on, past or to come."""

    async def work(connection: Connection) -> Changed:
        before, today = await _tree(connection, caller.tenant, unit_id, expected)
        given = {field: value for field, value in move.given().items() if field != "on"}
        if given.get("parent_id") is not None and given["parent_id"] not in before:
            raise refused("parent_id", "is not a unit of this tenant: send the id of one")
        try:
            unit = moved(before[unit_id], move.on, given)
        except MoveRefused as refusal:
            raise conflict(refusal.slug, str(refusal)) from None
        await check_words(connection, caller.tenant, [given.get("name")], besides=unit_id)
        after = _checked(before, {unit_id: unit})
        effects = await effects_on_tree(
            connection, caller.tenant, before, after, unit_id=unit_id, on=move.on, today=today
        )
        if not dry_run:
            _check_day(move.on, today, backdated)
            after |= await _stored(connection, caller.tenant, before, after, today)
        return _changed(after, unit_id, today, effects)

    result = await registry.write(caller, work)
    show_version(response, result.unit.version)
    return result


@router.post("/merge")
async def merge_unit(
    unit_id: UUID,
    merge: Merge,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
    dry_run: DryRun = False,
    backdated: Backdated = False,
) -> Changed:
    """The unit ends; those below it, its people and its aliases go to the other."""

    async def work(connection: Connection) -> Changed:
        before, today = await _tree(connection, caller.tenant, unit_id, expected)
        if merge.into_id not in before:
            raise refused("into_id", "is not a unit of this tenant: send the id of one")
        try:
            changes = merged(before, unit_id, merge.into_id, merge.on)
        except MoveRefused as refusal:
            raise conflict(refusal.slug, str(refusal)) from None
        after = _checked(before, changes)
        effects = await effects_on_tree(
            connection, caller.tenant, before, after, unit_id=unit_id, on=merge.on, today=today
        )
        names = await store.lock_people_of(connection, caller.tenant, unit_id, since=merge.on)
        held = await assignments.of_people(connection, caller.tenant, list(names))
        ending, new = handed_over(held, unit_id, merge.into_id, merge.on, uuid7)
        with_post = {each.id for each in held if each.post_id is not None}
        effects += [
            Effect("assignment", each.id, names[each.person_id], _going_on(each.id in with_post))
            for each in ending
        ]
        effects += [
            Effect(kind, id_, name, What.STAYS_BEHIND)
            for kind, id_, name in await store.left_behind(connection, caller.tenant, unit_id)
        ]
        if not dry_run:
            _check_day(merge.on, today, backdated)
            after |= await _stored(connection, caller.tenant, before, after, today)
            await assignments.update(connection, caller.tenant, ending)
            await assignments.insert(connection, caller.tenant, new)
        return _changed(after, unit_id, today, effects)

    result = await registry.write(caller, work)
    show_version(response, result.unit.version)
    return result


@router.delete("/states/{valid_from}")
async def take_back_state(
    unit_id: UUID,
    valid_from: date,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
    dry_run: DryRun = False,
) -> Changed:
    """Take back what was planned for a day to come."""

    async def work(connection: Connection) -> Changed:
        before, today = await _tree(connection, caller.tenant, unit_id, expected)
        unit = before[unit_id]
        if valid_from not in {state.valid_from for state in unit.states}:
            raise conflict("state-unknown", "No state of this unit begins on that day: see states.")
        if valid_from <= today or valid_from == unit.begins_on:
            raise conflict(
                "state-begun",
                "Only what is planned is taken back: correct the unit, move it again, or delete it "
                "where all of it was a mistake.",
            )
        after = _checked(before, {unit_id: replace(unit, states=without(unit.states, valid_from))})
        effects = await effects_on_tree(
            connection, caller.tenant, before, after, unit_id=unit_id, on=valid_from, today=today
        )
        if not dry_run:
            after |= await _stored(connection, caller.tenant, before, after, today)
        return _changed(after, unit_id, today, effects)

    result = await registry.write(caller, work)
    show_version(response, result.unit.version)
    return result


async def _tree(
    connection: Connection, tenant_id: UUID, unit_id: UUID, expected: int | None
) -> tuple[dict[UUID, Unit], date]:
    """Every unit of the tenant, which nobody else changes meanwhile, and the day it is there."""
    await lock_all(connection, tenant_id, "units")
    every = {unit.id: unit for unit in await units.lock_every(connection, tenant_id)}
    if unit_id not in every:
        raise unknown_unit()
    check_version(every[unit_id].version, expected)
    return every, await tenants.today(connection, tenant_id)


def _checked(before: Mapping[UUID, Unit], changes: Mapping[UUID, Unit]) -> dict[UUID, Unit]:
    after = {**before, **changes}
    if found := flaw(after, changes):
        raise flawed(found)
    return after


def _check_day(on: date, today: date, backdated: bool) -> None:
    if on < today and not backdated:
        raise conflict(
            "backdated",
            "Nothing was stored: the day is past, and what was counted since then would change. "
            "Look at the effects with dry_run=true, then send it again with backdated=true.",
        )


async def _stored(
    connection: Connection,
    tenant_id: UUID,
    before: Mapping[UUID, Unit],
    after: Mapping[UUID, Unit],
    today: date,
) -> dict[UUID, Unit]:
    different = [unit.shown_on(today) for unit in after.values() if unit != before[unit.id]]
    stored = await units.update(connection, tenant_id, different)
    # Those that lose aliases first: a word means one unit at every moment.
    for unit in sorted(stored, key=lambda unit: len(unit.aliases)):
        if unit.aliases != before[unit.id].aliases:
            await units.replace_aliases(connection, tenant_id, unit)
    return {unit.id: unit for unit in stored}


def _changed(
    tree: Mapping[UUID, Unit], unit_id: UUID, today: date, effects: list[Effect]
) -> Changed:
    unit = tree[unit_id]
    day = unit.nearest(today)
    path = [Step(above, tree[above].shown_on(day).name) for above in chain(tree, unit_id, day)]
    return Changed(unit=with_path(unit.shown_on(day), path[::-1]), effects=effects)


def _going_on(with_post: bool) -> What:
    return What.GOES_ON_WITHOUT_POST if with_post else What.GOES_ON_ELSEWHERE

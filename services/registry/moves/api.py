"""`/v1/units/{id}/moves` and `/states`: what changes on a day, told with its effects."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import model_validator

from services.registry.access import Access, Keeper, refused
from services.registry.fields import Body, Text, Word
from services.registry.moves.effects import effects_on_tree
from services.registry.moves.rules import MoveRefused, moved
from services.registry.moves.tree import (
    Backdated,
    Changed,
    check_day,
    checked,
    stored,
    told,
    whole_tree,
)
from services.registry.trying import DryRun
from services.registry.units.checks import check_words
from services.registry.units.rules import without
from shared.db import Connection
from shared.http.problems import conflict
from shared.http.versions import Expected, show_version

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
        before, today = await whole_tree(connection, caller.tenant, unit_id, expected)
        given = {field: value for field, value in move.given().items() if field != "on"}
        if given.get("parent_id") is not None and given["parent_id"] not in before:
            raise refused("parent_id", "is not a unit of this tenant: send the id of one")
        try:
            unit = moved(before[unit_id], move.on, given)
        except MoveRefused as refusal:
            raise conflict(refusal.slug, str(refusal)) from None
        await check_words(connection, caller.tenant, [given.get("name")], besides=unit_id)
        after = checked(before, {unit_id: unit})
        effects = await effects_on_tree(
            connection, caller.tenant, before, after, unit_id=unit_id, on=move.on, today=today
        )
        if not dry_run:
            check_day(move.on, today, backdated)
            after |= await stored(connection, caller.tenant, before, after, today)
        return told(after, unit_id, today, effects)

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
        before, today = await whole_tree(connection, caller.tenant, unit_id, expected)
        unit = before[unit_id]
        if valid_from not in {state.valid_from for state in unit.states}:
            raise conflict("state-unknown", "No state of this unit begins on that day: see states.")
        if valid_from <= today or valid_from == unit.begins_on:
            raise conflict(
                "state-begun",
                "Only what is planned is taken back: correct the unit, move it again, or delete it "
                "where all of it was a mistake.",
            )
        after = checked(before, {unit_id: replace(unit, states=without(unit.states, valid_from))})
        effects = await effects_on_tree(
            connection, caller.tenant, before, after, unit_id=unit_id, on=valid_from, today=today
        )
        if not dry_run:
            after |= await stored(connection, caller.tenant, before, after, today)
        return told(after, unit_id, today, effects)

    result = await registry.write(caller, work)
    show_version(response, result.unit.version)
    return result

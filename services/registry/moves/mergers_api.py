"""`/v1/units/{id}/merge`: a unit ends and another goes on with its work."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter, Response

from services.registry.access import Access, Keeper, refused
from services.registry.assignments import store as assignments
from services.registry.fields import Body
from services.registry.moves import store
from services.registry.moves.effects import effects_on_tree
from services.registry.moves.rules import (
    Effect,
    MoveRefused,
    What,
    handed_over,
    merged,
    rejoined,
    unmerged,
)
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
from shared.db import Connection, uuid7
from shared.http.problems import conflict
from shared.http.versions import Expected, show_version

router = APIRouter(prefix="/v1/units/{unit_id}/merge", tags=["units"])


class Merge(Body):
    """`on` is the first day on which the unit is no more and the other does its work."""

    on: date
    into_id: UUID


@router.post("")
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
        before, today = await whole_tree(connection, caller.tenant, unit_id, expected)
        if merge.into_id not in before:
            raise refused("into_id", "is not a unit of this tenant: send the id of one")
        try:
            changes = merged(before, unit_id, merge.into_id, merge.on)
        except MoveRefused as refusal:
            raise conflict(refusal.slug, str(refusal)) from None
        after = checked(before, changes)
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
            check_day(merge.on, today, backdated)
            after |= await stored(connection, caller.tenant, before, after, today)
            await assignments.update(connection, caller.tenant, ending)
            await assignments.insert(connection, caller.tenant, new)
        return told(after, unit_id, today, effects)

    result = await registry.write(caller, work)
    show_version(response, result.unit.version)
    return result


@router.delete("")
async def take_back_merger(
    unit_id: UUID,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
    dry_run: DryRun = False,
) -> Changed:
    """Take back a merger that is planned for a day to come: the unit goes on, with those below it
    and the people whose assignments it ended. Aliases stay with the other unit, and so does who
    was planned for this one after that day."""

    async def work(connection: Connection) -> Changed:
        before, today = await whole_tree(connection, caller.tenant, unit_id, expected)
        on, into_id = before[unit_id].ended_on, before[unit_id].merged_into_id
        if on is None or into_id is None or on <= today:
            raise conflict(
                "no-merger-planned",
                "Only a merger that is planned for a day to come is taken back.",
            )
        after = checked(before, unmerged(before, unit_id))
        effects = await effects_on_tree(
            connection, caller.tenant, before, after, unit_id=unit_id, on=on, today=today
        )
        names = await store.lock_people_of(connection, caller.tenant, into_id, since=on)
        held = await assignments.of_people(connection, caller.tenant, list(names))
        going_on, needless = rejoined(held, unit_id, into_id, on)
        effects += [
            Effect("assignment", each.id, names[each.person_id], What.GOES_ON_ELSEWHERE)
            for each in going_on
        ]
        if not dry_run:
            after |= await stored(connection, caller.tenant, before, after, today)
            for assignment in needless:
                await assignments.delete(connection, caller.tenant, assignment)
            await assignments.update(connection, caller.tenant, going_on)
        return told(after, unit_id, today, effects)

    result = await registry.write(caller, work)
    show_version(response, result.unit.version)
    return result


def _going_on(with_post: bool) -> What:
    return What.GOES_ON_WITHOUT_POST if with_post else What.GOES_ON_ELSEWHERE

"""What every dated change of units does: look at the whole tree, check it, store it, tell it."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from services.registry.locks import lock_all
from services.registry.moves.rules import Effect, chain, elsewhere, turns
from services.registry.policies import store as policies
from services.registry.policies.checks import contradictions_after
from services.registry.tenants import store as tenants
from services.registry.units import names as unit_names
from services.registry.units import store as units
from services.registry.units.answers import UnitAnswer, unknown_unit, with_path
from services.registry.units.checks import flawed
from services.registry.units.rules import Step, Unit, flaw
from shared.db import Connection
from shared.http.problems import conflict
from shared.http.versions import check_version

Backdated = Annotated[
    bool, Query(description="Needed where the day is past: what was counted changes")
]


class Changed(BaseModel):
    """The unit as it is stored, and what else changes; of a dry run as it would be."""

    unit: UnitAnswer
    effects: list[Effect]


async def whole_tree(
    connection: Connection, tenant_id: UUID, unit_id: UUID, expected: int | None
) -> tuple[dict[UUID, Unit], date]:
    """Every unit of the tenant, which nobody else changes meanwhile, and the day it is there."""
    await lock_all(connection, tenant_id, "units")
    every = {unit.id: unit for unit in await units.lock_every(connection, tenant_id)}
    if unit_id not in every:
        raise unknown_unit()
    check_version(every[unit_id].version, expected)
    return every, await tenants.today(connection, tenant_id)


def checked(before: Mapping[UUID, Unit], changes: Mapping[UUID, Unit]) -> dict[UUID, Unit]:
    """The tree after the changes; raises the 409 where it would be none on some day."""
    after = {**before, **changes}
    if found := flaw(after, changes):
        raise flawed(found)
    return after


def check_day(on: date, today: date, backdated: bool) -> None:
    """409 for a day that is past, unless that is meant."""
    if on < today and not backdated:
        raise conflict(
            "backdated",
            "Nothing was stored: the day is past, and what was counted since then would change. "
            "Look at the effects with dry_run=true, then send it again with backdated=true.",
        )


async def stored(
    connection: Connection,
    tenant_id: UUID,
    before: Mapping[UUID, Unit],
    after: Mapping[UUID, Unit],
    today: date,
) -> dict[UUID, Unit]:
    """Store the units that differ, as they are today; returns them. Raises the 409 where policies
    would contradict each other that did not hold together before."""
    different = [unit.shown_on(today) for unit in after.values() if unit != before[unit.id]]
    written = await units.update(connection, tenant_id, different)
    # Those that lose aliases first: a word means one unit at every moment.
    for unit in sorted(written, key=lambda unit: len(unit.aliases)):
        if unit.aliases != before[unit.id].aliases:
            await unit_names.replace_aliases(connection, tenant_id, unit)
    await _check_policies(connection, tenant_id, before, after)
    return {unit.id: unit for unit in written}


async def _check_policies(
    connection: Connection, tenant_id: UUID, before: Mapping[UUID, Unit], after: Mapping[UUID, Unit]
) -> None:
    """Of units that stand elsewhere than before, on the days from the first on which they do."""
    changed = [each for each in after if after[each] != before[each]]
    days = turns([tree[each] for tree in (before, after) for each in changed], date.min)
    first = next((day for day in sorted(days) if elsewhere(before, after, [day])), None)
    if first is None:
        return
    await lock_all(connection, tenant_id, "policies")
    following = turns([*before.values(), *after.values()], first)
    moved = elsewhere(before, after, following)
    stated = await policies.begun_by(connection, tenant_id, moved, on=date.max)
    touched = [policy for policy in stated if policy.unit_id is not None]
    if found := await contradictions_after(connection, tenant_id, touched, turns=following):
        raise conflict(
            "policies-contradict",
            f"Nothing was stored: with the policies above it {found[0].field} of {found[0].kind} "
            f"{found[0].problem}. Change that policy first.",
        )


def told(tree: Mapping[UUID, Unit], unit_id: UUID, today: date, effects: list[Effect]) -> Changed:
    """The answer: the unit of a tree that was stored or tried."""
    unit = tree[unit_id]
    day = unit.nearest(today)
    path = [Step(above, tree[above].shown_on(day).name) for above in chain(tree, unit_id, day)]
    return Changed(unit=with_path(unit.shown_on(day), path[::-1]), effects=effects)

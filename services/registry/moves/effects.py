"""What a change of the tree changes besides: units, policies, periods."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from services.registry.moves import store
from services.registry.moves.rules import (
    Effect,
    What,
    elsewhere,
    policies_changed,
    turns,
)
from services.registry.policies import store as policies
from services.registry.policies.store import Policy
from services.registry.satisfaction import store as satisfaction
from services.registry.satisfaction.rules import Level, survey
from services.registry.satisfaction.rules import Policy as Survey
from services.registry.tenants import store as tenants
from services.registry.units.rules import Unit
from shared.contracts.policy_levels import in_force
from shared.db import Connection


async def effects_on_tree(
    connection: Connection,
    tenant_id: UUID,
    before: Mapping[UUID, Unit],
    after: Mapping[UUID, Unit],
    *,
    unit_id: UUID,
    on: date,
    today: date,
) -> list[Effect]:
    """What follows from `before` becoming `after` on a day by a change of one unit."""
    days = turns([*before.values(), *after.values()], on)
    affected = elsewhere(before, after, days)
    effects = [
        Effect("unit", other, before[other].shown_on(on).name, What.STANDS_ELSEWHERE)
        for other in affected
        if other != unit_id
    ]
    surveys = await satisfaction.begun_by(connection, tenant_id, list(before), on=date.max)
    stated = await policies.begun_by(connection, tenant_id, list(before), on=date.max)
    dated: list[Survey | Policy] = [*surveys, *stated]
    begin, end = policies_changed(
        before,
        after,
        affected=affected,
        days=days | {policy.valid_from for policy in dated if policy.valid_from > on},
        holding=_Holding(surveys, stated),
    )
    tenant = await tenants.find(connection, tenant_id)
    assert tenant is not None
    for policy in dated:
        kind = "satisfaction_policy" if isinstance(policy, Survey) else "policy"
        name = before[policy.unit_id].shown_on(on).name if policy.unit_id else tenant.name
        effects += [
            Effect(kind, policy.id, name, what)
            for what, found in ((What.BEGINS_TO_HOLD, begin), (What.HOLDS_NO_MORE, end))
            if policy.id in found
        ]
    if on < today and (affected or after[unit_id].ended_on is not None):
        touched = await store.periods_begun(connection, tenant_id, since=on, until=today)
        effects += [Effect("period", id_, name, What.PAST_CHANGES) for id_, name in touched]
    return effects


class _Holding:
    """The policies that decide something for a unit below others on a day, remembered: most units
    of a tree have the same ones above them."""

    def __init__(self, surveys: list[Survey], stated: list[Policy]) -> None:
        self._surveys = surveys
        self._stated = stated
        self._levels = {each.unit_id for each in surveys} | {each.unit_id for each in stated}
        self._known: dict[tuple[tuple[UUID | None, ...], date], frozenset[UUID]] = {}

    def __call__(self, chain: tuple[UUID, ...], day: date) -> frozenset[UUID]:
        levels = (*(unit for unit in chain if unit in self._levels), None)
        if (levels, day) not in self._known:
            self._known[levels, day] = frozenset(self._found(levels, day))
        return self._known[levels, day]

    def _found(self, levels: tuple[UUID | None, ...], day: date) -> set[UUID]:
        named = [Level(level, "") for level in levels]
        winner = next((f.policy for f in survey(self._surveys, named, day) if f.policy), None)
        found = {winner.id} if winner else set()
        for fields in in_force(self._stated, levels, day).values():
            found |= {held.policy.id for held in fields.values() if held.policy}
        return found

"""The loops of the registry's worker: units become what was planned for the day."""

from typing import Final
from uuid import UUID

from services.registry.units import store as units
from services.registry.units.rules import Unit
from shared.db import Pool, transaction
from shared.loop import Loop
from shared.messaging.bell import Bell

POLL: Final = 30.0
_AT_ONCE: Final = 500


def loops(pool: Pool, bell: Bell) -> list[Loop]:
    """What the worker repeats beside the relay."""

    async def step() -> bool:
        begun = await begin_states(pool)
        if begun:
            bell.ring()
        return begun == _AT_ONCE

    return [Loop("unit-states", step, poll=POLL)]


async def begin_states(pool: Pool) -> int:
    """Publish the units of any tenant whose next state begins, or began, on the day it is in the
    tenant's zone; how many. Safe to run twice, and side by side."""
    async with transaction(pool) as connection:
        due = await units.lock_due(connection, limit=_AT_ONCE)
        by_tenant: dict[UUID, list[Unit]] = {}
        for tenant_id, today, unit in due:
            by_tenant.setdefault(tenant_id, []).append(unit.shown_on(today))
        for tenant_id, begun in by_tenant.items():
            await units.update(connection, tenant_id, begun)
    return len(due)

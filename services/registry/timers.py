"""The loops of the registry's worker: units become what was planned for the day, kept files go when
their day is over."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from services.registry.imports import store as imports
from services.registry.imports.rules import KEPT_FOR
from services.registry.units import store as units
from services.registry.units.rules import Unit
from shared.db import Pool, transaction
from shared.loop import Loop
from shared.messaging.bell import Bell

POLL: Final = 30.0
BETWEEN_ROUNDS: Final = 600.0
_AT_ONCE: Final = 500


def loops(pool: Pool, bell: Bell) -> list[Loop]:
    """What the worker repeats beside the relay."""

    async def step() -> bool:
        begun = await begin_states(pool)
        if begun:
            bell.ring()
        return begun == _AT_ONCE

    async def forget() -> bool:
        return await forget_files(pool) == _AT_ONCE

    return [
        Loop("unit-states", step, poll=POLL),
        Loop("forget-import-files", forget, poll=BETWEEN_ROUNDS),
    ]


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


async def forget_files(pool: Pool) -> int:
    """Delete the files of imports that were kept for their day, the oldest first; how many."""
    async with transaction(pool) as connection:
        before = datetime.now(UTC) - KEPT_FOR
        return await imports.delete_files_before(connection, before, limit=_AT_ONCE)

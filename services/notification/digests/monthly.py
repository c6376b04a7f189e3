"""The month of each unit, told to its heads: safe to run any number of times."""

from collections import defaultdict
from datetime import datetime
from typing import Final
from uuid import UUID

from services.notification.digests import store
from services.notification.digests.rules import DueMonth, Month, digest, due_month, month_before
from services.notification.occasions import store as occasions
from services.notification.occasions.store import NewOccasion
from services.notification.wording.rules import Occasion
from shared.db import Connection, Pool, transaction

UNITS_AT_ONCE: Final = 200


async def record_due(pool: Pool, *, now: datetime) -> int:
    """Record the digests that are due in each tenant's zone; how many.

    A unit whose head becomes known only later, within the week, gets its digest then.
    """
    async with transaction(pool) as connection:
        tenants = await store.tenants(connection)
    recorded = 0
    for tenant in tenants:
        due = due_month(now, tenant["zone"])
        if due is not None:
            recorded += await _record_tenant(pool, tenant["tenant_id"], due, now=now)
    return recorded


async def _record_tenant(pool: Pool, tenant: UUID, due: DueMonth, *, now: datetime) -> int:
    recorded = 0
    after: UUID | None = UUID(int=0)
    while after is not None:
        async with transaction(pool) as connection:
            after, new = await _record_page(connection, tenant, due, after=after, now=now)
        recorded += new
    return recorded


async def _record_page(
    connection: Connection, tenant: UUID, due: DueMonth, *, after: UUID, now: datetime
) -> tuple[UUID | None, int]:
    """The last unit of the page, None where it was the last page; and how many were recorded."""
    units = await store.untold_units(
        connection,
        tenant,
        occasion=Occasion.PERIOD_DIGEST,
        month=due.month,
        on=due.day,
        after=after,
        limit=UNITS_AT_ONCE,
    )
    found: dict[UUID, list[Month]] = defaultdict(list)
    rows = await store.months(
        connection, tenant, units, month=due.month, before=month_before(due.month)
    )
    for row in rows:
        found[row["own"]].append(
            Month(row["unit_id"], row["answers"], row["index"], row["grade"], row["before"])
        )
    new = [
        NewOccasion(
            tenant_id=tenant,
            occasion=Occasion.PERIOD_DIGEST,
            source=f"{unit}/{due.month:%Y-%m}",
            unit_id=unit,
            happened_at=due.due_at,
            parameters=parameters,
        )
        for unit in units
        if (parameters := digest(due.month, unit, found[unit])) is not None
    ]
    await occasions.record(connection, new, now=now)
    return (units[-1] if len(units) == UNITS_AT_ONCE else None), len(new)

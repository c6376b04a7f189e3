"""Time, as a configuration says: all periods of a kind in a year."""

from collections.abc import Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from services.registry.outcomes import Change, Outcome
from services.registry.periods import store as periods
from services.registry.periods.api import NewYear
from services.registry.periods.rules import Period, closing, of_year
from shared.db import Connection, uuid7


async def put_periods(
    connection: Connection, tenant_id: UUID, wanted: Sequence[NewYear], zone: ZoneInfo
) -> list[Change]:
    changes = []
    for year in wanted:
        made = await periods.insert(
            connection,
            tenant_id,
            [
                Period(uuid7(), year.kind, first, end, closing(end, year.closes_after_days, zone))
                for first, end in of_year(year.year, year.kind)
            ],
        )
        there = await periods.page(
            connection, tenant_id, after=None, limit=12, kind=year.kind, year=year.year
        )
        new = {period.id for period in made}
        changes += [
            Change(
                "period",
                f"{period.kind} {period.starts_on}",
                period.id,
                Outcome.CREATED if period.id in new else Outcome.UNCHANGED,
            )
            for period in there
        ]
    return changes

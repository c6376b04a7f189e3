"""Evaluation periods in the database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final
from uuid import UUID

from services.registry.periods.rules import Period
from shared.contracts import PeriodChanged, PeriodKind, PeriodState
from shared.db import Connection
from shared.messaging.outbox import enqueue

_COLUMNS: Final = "id, kind, starts_on, ends_on, closes_at, state, reopened_because, version"


async def find(
    connection: Connection, tenant_id: UUID, period_id: UUID, *, lock: bool = False
) -> Period | None:
    """The period of this tenant; with `lock` nobody else changes it or refers to it meanwhile."""
    query = f"select {_COLUMNS} from periods where tenant_id = $1 and id = $2"  # noqa: S608
    row = await connection.fetchrow(query + (" for update" if lock else ""), tenant_id, period_id)
    return Period(**row) if row else None


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    after: tuple[date, UUID] | None,
    limit: int,
    kind: str | None = None,
    year: int | None = None,
    on: date | None = None,
) -> list[Period]:
    """Periods, the first to begin first; where asked only those of a kind, those that begin in a
    year, those that a day is in."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from periods
        where tenant_id = $1 and ($2::date is null or (starts_on, id) > ($2, $3))
          and ($5::text is null or kind = $5)
          and ($6::int is null or extract(year from starts_on) = $6)
          and ($7::date is null or starts_on <= $7 and $7 < ends_on)
        order by starts_on, id limit $4
        """,  # noqa: S608
        tenant_id,
        *(after or (None, None)),
        limit,
        kind,
        year,
        on,
    )
    return [Period(**row) for row in rows]


async def first_closed(
    connection: Connection, tenant_id: UUID, spans: Sequence[tuple[date, date | None]]
) -> Period | None:
    """The first closed period that begins in one of `spans`, each from a day to before another or
    without an end."""
    row = await connection.fetchrow(
        f"""
        select {_COLUMNS} from periods
        where tenant_id = $1 and state = 'closed' and exists (
            select from unnest($2::date[], $3::date[]) as span(first, following)
            where starts_on >= first and (following is null or starts_on < following))
        order by starts_on limit 1
        """,  # noqa: S608
        tenant_id,
        [first for first, _ in spans],
        [following for _, following in spans],
    )
    return Period(**row) if row else None


async def has_plans(connection: Connection, tenant_id: UUID, period_id: UUID) -> bool:
    """Whether somebody has a plan for the period; its lock keeps this answer true."""
    found: bool = await connection.fetchval(
        "select exists (select from plans where tenant_id = $1 and period_id = $2)",
        tenant_id,
        period_id,
    )
    return found


async def insert(
    connection: Connection, tenant_id: UUID, periods: Sequence[Period]
) -> list[Period]:
    """Store those whose days no period of their kind has yet, and return them."""
    rows = await connection.fetch(
        f"""
        insert into periods (tenant_id, {_COLUMNS})
        select $1, * from unnest($2::uuid[], $3::text[], $4::date[], $5::date[],
                                 $6::timestamptz[], $7::text[], $8::text[], $9::int[])
        on conflict (tenant_id, kind, starts_on) do nothing
        returning {_COLUMNS}
        """,  # noqa: S608
        tenant_id,
        [period.id for period in periods],
        [period.kind for period in periods],
        [period.starts_on for period in periods],
        [period.ends_on for period in periods],
        [period.closes_at for period in periods],
        [period.state for period in periods],
        [period.reopened_because for period in periods],
        [period.version for period in periods],
    )
    made = [Period(**row) for row in rows]
    await enqueue(connection, [_event(tenant_id, period) for period in made])
    return made


async def update(connection: Connection, tenant_id: UUID, period: Period) -> Period:
    """Store a period whose row is locked; returns it with its version raised.

    Raises `asyncpg.UniqueViolationError` where another of its kind has these days.
    """
    await connection.execute(
        """
        update periods
        set kind = $3, starts_on = $4, ends_on = $5, closes_at = $6, state = $7,
            reopened_because = $8, version = $9 + 1
        where tenant_id = $1 and id = $2
        """,
        tenant_id,
        period.id,
        period.kind,
        period.starts_on,
        period.ends_on,
        period.closes_at,
        period.state,
        period.reopened_because,
        period.version,
    )
    stored = replace(period, version=period.version + 1)
    await enqueue(connection, [_event(tenant_id, stored)])
    return stored


async def delete(connection: Connection, tenant_id: UUID, period: Period) -> None:
    """Raises `asyncpg.ForeignKeyViolationError` while a plan is made for it."""
    await connection.execute(
        "delete from periods where tenant_id = $1 and id = $2", tenant_id, period.id
    )
    gone = replace(period, version=period.version + 1)
    await enqueue(connection, [_event(tenant_id, gone, deleted=True)])


def _event(tenant_id: UUID, period: Period, *, deleted: bool = False) -> PeriodChanged:
    return PeriodChanged(
        tenant_id=tenant_id,
        id=period.id,
        version=period.version,
        deleted=deleted,
        period_kind=PeriodKind(period.kind),
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        closes_at=period.closes_at,
        state=PeriodState(period.state),
    )

"""Working calendars in the database."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, time
from typing import Any, Final
from uuid import UUID

import asyncpg

from services.registry.calendars.rules import Calendar, Day, Span
from shared.contracts import CalendarChanged, WorkingDay, WorkingSpan
from shared.db import Connection
from shared.messaging.outbox import enqueue

_COLUMNS: Final = "id, unit_id, valid_from, week, days, version"


async def find(
    connection: Connection, tenant_id: UUID, calendar_id: UUID, *, lock: bool = False
) -> Calendar | None:
    """The calendar of this tenant; with `lock` nobody else changes it meanwhile."""
    query = f"select {_COLUMNS} from calendars where tenant_id = $1 and id = $2"  # noqa: S608
    suffix = " for no key update" if lock else ""
    row = await connection.fetchrow(query + suffix, tenant_id, calendar_id)
    return _calendar(row) if row else None


async def find_at(
    connection: Connection, tenant_id: UUID, *, unit_id: UUID | None, valid_from: date
) -> Calendar | None:
    """The one of this unit, or of the tenant itself, that begins on this day; nobody else changes
    it meanwhile."""
    row = await connection.fetchrow(
        f"""
        select {_COLUMNS} from calendars
        where tenant_id = $1 and unit_id is not distinct from $2 and valid_from = $3
        for no key update
        """,  # noqa: S608
        tenant_id,
        unit_id,
        valid_from,
    )
    return _calendar(row) if row else None


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    after: UUID | None,
    limit: int,
    unit_id: UUID | None = None,
) -> list[Calendar]:
    """Calendars of the tenant and its units, or of one unit, in the order of their ids."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from calendars
        where tenant_id = $1 and ($2::uuid is null or id > $2)
          and ($4::uuid is null or unit_id = $4)
        order by id limit $3
        """,  # noqa: S608
        tenant_id,
        after,
        limit,
        unit_id,
    )
    return [_calendar(row) for row in rows]


async def of_levels(
    connection: Connection, tenant_id: UUID, unit_ids: Sequence[UUID]
) -> list[list[Calendar]]:
    """The calendars of each of these units, in this order, and last the tenant's own."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from calendars
        where tenant_id = $1 and (unit_id is null or unit_id = any ($2)) order by valid_from
        """,  # noqa: S608
        tenant_id,
        list(unit_ids),
    )
    calendars = [_calendar(row) for row in rows]
    return [[one for one in calendars if one.unit_id == level] for level in (*unit_ids, None)]


async def insert(connection: Connection, tenant_id: UUID, calendar: Calendar) -> None:
    """Raises `asyncpg.IntegrityConstraintViolationError` for an unknown unit or a day taken."""
    await connection.execute(
        f"""
        insert into calendars (tenant_id, {_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7)
        """,  # noqa: S608
        tenant_id,
        *_columns(calendar),
    )
    await enqueue(connection, [_event(tenant_id, calendar)])


async def update(connection: Connection, tenant_id: UUID, calendar: Calendar) -> Calendar:
    """Store a calendar whose row is locked; returns it with its version raised.

    Raises like `insert`.
    """
    await connection.execute(
        """
        update calendars
        set unit_id = $3, valid_from = $4, week = $5, days = $6, version = $7 + 1
        where tenant_id = $1 and id = $2
        """,
        tenant_id,
        *_columns(calendar),
    )
    stored = replace(calendar, version=calendar.version + 1)
    await enqueue(connection, [_event(tenant_id, stored)])
    return stored


async def delete(connection: Connection, tenant_id: UUID, calendar: Calendar) -> None:
    """What stands above it holds again, for the past too."""
    await connection.execute(
        "delete from calendars where tenant_id = $1 and id = $2", tenant_id, calendar.id
    )
    gone = replace(calendar, version=calendar.version + 1)
    await enqueue(connection, [_event(tenant_id, gone, deleted=True)])


def _columns(calendar: Calendar) -> tuple[object, ...]:
    return (
        calendar.id,
        calendar.unit_id,
        calendar.valid_from,
        json.dumps([_pairs(spans) for spans in calendar.week]),
        json.dumps(
            [
                {"day": str(each.day), "spans": _pairs(each.spans), "name": each.name}
                for each in calendar.days
            ]
        ),
        calendar.version,
    )


def _pairs(spans: Iterable[Span]) -> list[list[str]]:
    return [[f"{span.starts:%H:%M}", f"{span.ends:%H:%M}"] for span in spans]


def _calendar(row: asyncpg.Record) -> Calendar:
    days = [
        Day(date.fromisoformat(each["day"]), _spans(each["spans"]), each["name"])
        for each in json.loads(row["days"])
    ]
    week = tuple(_spans(pairs) for pairs in json.loads(row["week"]))
    return Calendar(**{**row, "week": week, "days": tuple(days)})


def _spans(pairs: Iterable[Iterable[Any]]) -> tuple[Span, ...]:
    return tuple(Span(*(time.fromisoformat(clock) for clock in pair)) for pair in pairs)


def _event(tenant_id: UUID, calendar: Calendar, *, deleted: bool = False) -> CalendarChanged:
    return CalendarChanged(
        tenant_id=tenant_id,
        id=calendar.id,
        version=calendar.version,
        deleted=deleted,
        unit_id=calendar.unit_id,
        valid_from=calendar.valid_from,
        week=tuple(_working(spans) for spans in calendar.week),
        days=tuple(WorkingDay(day=each.day, spans=_working(each.spans)) for each in calendar.days),
    )


def _working(spans: Iterable[Span]) -> tuple[WorkingSpan, ...]:
    return tuple(WorkingSpan(starts=span.starts, ends=span.ends) for span in spans)

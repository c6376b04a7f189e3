"""Indicators in the database."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from services.registry.indicators.rules import Band, Indicator
from shared.contracts import IndicatorChanged
from shared.db import Connection
from shared.messaging.outbox import enqueue

_SELECT = """
select id, name, source, measure_unit, better, target_low, target_high, bands, aspect, theme,
       weight, service_id, unit_id, post_kind, person_id, valid_from, valid_until, version
from indicators where tenant_id = $1
"""
_FIELDS: Final = (
    "id",
    "name",
    "source",
    "measure_unit",
    "better",
    "target_low",
    "target_high",
    "bands",
    "aspect",
    "theme",
    "weight",
    "service_id",
    "unit_id",
    "post_kind",
    "person_id",
    "valid_from",
    "valid_until",
    "version",
)


async def find(
    connection: Connection, tenant_id: UUID, indicator_id: UUID, *, lock: bool = False
) -> Indicator | None:
    """The indicator of this tenant; with `lock` nobody else changes or names it meanwhile."""
    suffix = " for update" if lock else ""
    row = await connection.fetchrow(_SELECT + " and id = $2" + suffix, tenant_id, indicator_id)
    return _indicator(row) if row else None


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    after: UUID | None,
    limit: int,
    name: str | None = None,
) -> list[Indicator]:
    """Indicators in the order of their ids, or those with this exact name."""
    rows = await connection.fetch(
        _SELECT
        + """
        and ($2::uuid is null or id > $2) and ($4::text is null or name = $4)
        order by id limit $3
        """,
        tenant_id,
        after,
        limit,
        name,
    )
    return [_indicator(row) for row in rows]


async def standing_on(
    connection: Connection, tenant_id: UUID, unit_ids: Collection[UUID], *, on: date
) -> list[Indicator]:
    """Indicators of the tenant itself or of one of these units that hold on a day."""
    rows = await connection.fetch(
        _SELECT
        + """
        and (unit_id is null or unit_id = any ($2))
        and valid_from <= $3 and (valid_until is null or $3 < valid_until)
        order by name, id
        """,
        tenant_id,
        list(unit_ids),
        on,
    )
    return [_indicator(row) for row in rows]


async def hold(
    connection: Connection, tenant_id: UUID, ids: Collection[UUID]
) -> dict[UUID, Indicator]:
    """Those of `ids` that exist; they cannot be deleted before this transaction ends."""
    rows = await connection.fetch(
        _SELECT + " and id = any ($2) order by id for key share", tenant_id, list(ids)
    )
    return {row["id"]: _indicator(row) for row in rows}


async def named(connection: Connection, tenant_id: UUID, names: Collection[str]) -> list[Indicator]:
    """All indicators with these exact names; nobody else changes or names them meanwhile."""
    rows = await connection.fetch(
        _SELECT + " and name = any ($2) order by id for update", tenant_id, list(names)
    )
    return [_indicator(row) for row in rows]


async def lock_every(connection: Connection, tenant_id: UUID) -> None:
    """Nobody changes, deletes or names an indicator of the tenant meanwhile."""
    await connection.execute(
        "select from indicators where tenant_id = $1 order by id for update", tenant_id
    )


async def planned(connection: Connection, tenant_id: UUID) -> set[UUID]:
    """Those that a revision of a plan, however old, names."""
    rows = await connection.fetch(
        """
        select distinct (target ->> 'indicator_id')::uuid as id from plan_revisions r
        cross join jsonb_array_elements(r.document -> 'results') as results(result)
        cross join jsonb_array_elements(result -> 'indicators') as targets(target)
        where r.tenant_id = $1 and target ->> 'indicator_id' is not null
        """,
        tenant_id,
    )
    return {row["id"] for row in rows}


async def insert(connection: Connection, tenant_id: UUID, indicators: Sequence[Indicator]) -> None:
    """Raises `asyncpg.ForeignKeyViolationError` for an unknown unit, service or person."""
    await connection.execute(
        """
        insert into indicators
            (tenant_id, id, name, source, measure_unit, better, target_low, target_high, bands,
             aspect, theme, weight, service_id, unit_id, post_kind, person_id, valid_from,
             valid_until, version)
        select $1, *
        from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::numeric[],
                    $8::numeric[], $9::jsonb[], $10::text[], $11::text[], $12::numeric[],
                    $13::uuid[], $14::uuid[], $15::text[], $16::uuid[], $17::date[], $18::date[],
                    $19::int[])
        """,
        tenant_id,
        *_columns(indicators),
    )
    await enqueue(connection, [_event(tenant_id, indicator) for indicator in indicators])


async def update(
    connection: Connection, tenant_id: UUID, indicators: Sequence[Indicator]
) -> list[Indicator]:
    """Store indicators whose rows are locked; returns them with their versions raised.

    Raises like `insert`.
    """
    await connection.execute(
        """
        update indicators i
        set name = n.name, source = n.source, measure_unit = n.measure_unit, better = n.better,
            target_low = n.target_low, target_high = n.target_high, bands = n.bands,
            aspect = n.aspect, theme = n.theme, weight = n.weight, service_id = n.service_id,
            unit_id = n.unit_id, post_kind = n.post_kind, person_id = n.person_id,
            valid_from = n.valid_from, valid_until = n.valid_until, version = n.version + 1
        from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::numeric[],
                    $8::numeric[], $9::jsonb[], $10::text[], $11::text[], $12::numeric[],
                    $13::uuid[], $14::uuid[], $15::text[], $16::uuid[], $17::date[], $18::date[],
                    $19::int[])
             as n(id, name, source, measure_unit, better, target_low, target_high, bands, aspect,
                  theme, weight, service_id, unit_id, post_kind, person_id, valid_from,
                  valid_until, version)
        where i.tenant_id = $1 and i.id = n.id
        """,
        tenant_id,
        *_columns(indicators),
    )
    stored = [replace(indicator, version=indicator.version + 1) for indicator in indicators]
    await enqueue(connection, [_event(tenant_id, indicator) for indicator in stored])
    return stored


async def is_planned(connection: Connection, tenant_id: UUID, indicator_id: UUID) -> bool:
    """Whether a revision of a plan, however old, names the indicator."""
    found: bool = await connection.fetchval(
        """
        select exists (
            select from plan_revisions where tenant_id = $1
              and document @> jsonb_build_object('results', jsonb_build_array(jsonb_build_object(
                  'indicators', jsonb_build_array(jsonb_build_object('indicator_id', $2::text))))))
        """,
        tenant_id,
        str(indicator_id),
    )
    return found


async def delete(connection: Connection, tenant_id: UUID, indicator: Indicator) -> None:
    """As if it had never been measured: for entries made by mistake."""
    await connection.execute(
        "delete from indicators where tenant_id = $1 and id = $2", tenant_id, indicator.id
    )
    gone = replace(indicator, version=indicator.version + 1)
    await enqueue(connection, [_event(tenant_id, gone, deleted=True)])


def _columns(indicators: Sequence[Indicator]) -> list[list[object]]:
    return [
        [
            msgspec.json.encode(indicator.bands).decode()
            if field == "bands"
            else getattr(indicator, field)
            for indicator in indicators
        ]
        for field in _FIELDS
    ]


def _indicator(row: asyncpg.Record) -> Indicator:
    bands = msgspec.json.decode(row["bands"], type=tuple[Band, ...])
    return Indicator(**{**row, "bands": bands})


def _event(tenant_id: UUID, indicator: Indicator, *, deleted: bool = False) -> IndicatorChanged:
    return IndicatorChanged.model_validate(
        {"tenant_id": tenant_id, "deleted": deleted, **asdict(indicator)}
    )

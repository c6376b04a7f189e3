"""Units in the database. One unit is a list of one: imports bring thousands."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

import asyncpg

from services.registry.units.rules import State, Step, Unit
from shared.contracts import UnitChanged, UnitState
from shared.db import Connection
from shared.messaging.outbox import enqueue

_COLUMNS = """
u.id, u.name, u.kind, u.code, u.parent_id, u.version, u.region_kemendagri, u.region_bps,
u.state_from, u.ended_on, u.merged_into_id,
array(select a.alias from unit_aliases a
      where a.tenant_id = u.tenant_id and a.unit_id = u.id order by a.folded) as aliases,
array(select (s.valid_from, s.name, s.kind, s.parent_id) from unit_states s
      where s.tenant_id = u.tenant_id and s.unit_id = u.id order by s.valid_from) as states
"""
_FIND = f"select {_COLUMNS} from units u where u.tenant_id = $1 and u.id = $2"  # noqa: S608
_EVERY = f"select {_COLUMNS} from units u where u.tenant_id = $1 order by u.id"  # noqa: S608
_PAGE = f"""
select {_COLUMNS}
from units u
join lateral (
    select s.name, s.parent_id from unit_states s
    where s.tenant_id = u.tenant_id and s.unit_id = u.id and s.valid_from <= $2
    order by s.valid_from desc limit 1) as d on true
where u.tenant_id = $1 and (u.ended_on is null or u.ended_on > $2)
  and ($3::uuid is null or u.id > $3)
  and ($5::text is null or u.code = $5)
  and ($6::uuid is null or d.parent_id = $6)
  and ($7::text is null or position(lower($7) in lower(d.name)) > 0
       or position(lower($7) in lower(u.code)) > 0
       or exists (select from unit_aliases a
                  where a.tenant_id = u.tenant_id and a.unit_id = u.id
                    and position(lower($7) in a.folded) > 0))
order by u.id limit $4
"""  # noqa: S608
_DUE = """
select u.tenant_id, u.id, (now() at time zone t.zone)::date as today
from units u join tenants t on t.tenant_id = u.tenant_id
where exists (
    select from unit_states s
    where s.tenant_id = u.tenant_id and s.unit_id = u.id
      and s.valid_from > u.state_from and s.valid_from <= (now() at time zone t.zone)::date)
order by u.tenant_id, u.id limit $1
for no key update of u skip locked
"""


async def find(
    connection: Connection, tenant_id: UUID, unit_id: UUID, *, lock: bool = False
) -> Unit | None:
    """The unit of this tenant; with `lock` nobody else changes it meanwhile."""
    if lock:
        # Apart, so that what it lists is read after those who held the lock have committed.
        await connection.execute(
            "select from units where tenant_id = $1 and id = $2 for no key update",
            tenant_id,
            unit_id,
        )
    row = await connection.fetchrow(_FIND, tenant_id, unit_id)
    return _unit(row) if row else None


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    on: date,
    after: UUID | None,
    limit: int,
    code: str | None = None,
    parent_id: UUID | None = None,
    text: str | None = None,
) -> list[Unit]:
    """Units of a day in the order of their ids; where asked only those of a code, those below a
    parent, those with `text` in name, code or alias, whatever its case."""
    rows = await connection.fetch(_PAGE, tenant_id, on, after, limit, code, parent_id, text)
    return [_unit(row).shown_on(on) for row in rows]


async def paths(
    connection: Connection, tenant_id: UUID, unit_ids: Collection[UUID], *, on: date | None = None
) -> dict[UUID, list[Step]]:
    """For each unit those above it and itself, from the top down, on a day or as published last.

    Empty for a unit that has not begun on that day.
    """
    rows = await connection.fetch(
        """
        with recursive up as (
            select u.id as unit_id, u.id, s.name, s.parent_id, 0 as height
            from units u cross join lateral (
                select s.name, s.parent_id from unit_states s
                where s.tenant_id = $1 and s.unit_id = u.id
                  and s.valid_from <= coalesce($3, u.state_from)
                order by s.valid_from desc limit 1) as s
            where u.tenant_id = $1 and u.id = any ($2)
            union all
            select up.unit_id, u.id, s.name, s.parent_id, height + 1
            from up join units u on u.tenant_id = $1 and u.id = up.parent_id
            cross join lateral (
                select s.name, s.parent_id from unit_states s
                where s.tenant_id = $1 and s.unit_id = u.id
                  and s.valid_from <= coalesce($3, u.state_from)
                order by s.valid_from desc limit 1) as s
        )
        select unit_id, id, name from up order by height desc
        """,
        tenant_id,
        list(unit_ids),
        on,
    )
    found: dict[UUID, list[Step]] = {unit_id: [] for unit_id in unit_ids}
    for row in rows:
        found[row["unit_id"]].append(Step(row["id"], row["name"]))
    return found


async def ids_of(
    connection: Connection, tenant_id: UUID, codes: Collection[str]
) -> dict[str, UUID]:
    """The ids of the units with these codes; unknown codes are left out."""
    rows = await connection.fetch(
        "select code, id from units where tenant_id = $1 and code = any ($2)",
        tenant_id,
        list(codes),
    )
    return {row["code"]: row["id"] for row in rows}


async def lock_every(connection: Connection, tenant_id: UUID) -> list[Unit]:
    """All units of the tenant, locked in one order: under `lock_all`."""
    rows = await connection.fetch(_EVERY + " for no key update of u", tenant_id)
    return [_unit(row) for row in rows]


async def lock_due(connection: Connection, *, limit: int) -> list[tuple[UUID, date, Unit]]:
    """Units of any tenant whose next state began, with tenant and the day it is there; locked."""
    due = await connection.fetch(_DUE, limit)
    # Apart, so that the states are read after those who held the locks have committed.
    rows = await connection.fetch(
        f"""
        select due.tenant_id, due.today, {_COLUMNS}
        from unnest($1::uuid[], $2::uuid[], $3::date[]) as due(tenant_id, id, today)
        join units u on u.tenant_id = due.tenant_id and u.id = due.id
        order by due.tenant_id, due.id
        """,  # noqa: S608
        [row["tenant_id"] for row in due],
        [row["id"] for row in due],
        [row["today"] for row in due],
    )
    return [(row["tenant_id"], row["today"], _unit(row)) for row in rows]


async def insert(connection: Connection, tenant_id: UUID, units: Sequence[Unit]) -> None:
    """Raises `asyncpg.IntegrityConstraintViolationError` for a code taken or a parent unknown."""
    stored = [unit.in_step() for unit in units]
    await connection.execute(
        """
        insert into units (tenant_id, id, name, kind, code, parent_id, region_kemendagri,
                           region_bps, state_from, ended_on, merged_into_id, version)
        select $1, * from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[],
                                 $7::text[], $8::text[], $9::date[], $10::date[], $11::uuid[],
                                 $12::int[])
        """,
        tenant_id,
        *_columns(stored),
    )
    await _write_states(connection, tenant_id, stored)
    await enqueue(connection, [_event(tenant_id, unit) for unit in stored])


async def update(connection: Connection, tenant_id: UUID, units: Sequence[Unit]) -> list[Unit]:
    """Store units whose rows are locked; returns them with their versions raised.

    What a unit says itself corrects the state it is in. Raises like `insert`.
    """
    stored = [replace(unit.in_step(), version=unit.version + 1) for unit in units]
    await connection.execute(
        """
        update units u
        set name = n.name, kind = n.kind, code = n.code, parent_id = n.parent_id,
            region_kemendagri = n.region_kemendagri, region_bps = n.region_bps,
            state_from = n.state_from, ended_on = n.ended_on, merged_into_id = n.merged_into_id,
            version = n.version
        from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[],
                    $8::text[], $9::date[], $10::date[], $11::uuid[], $12::int[])
             as n(id, name, kind, code, parent_id, region_kemendagri, region_bps, state_from,
                  ended_on, merged_into_id, version)
        where u.tenant_id = $1 and u.id = n.id
        """,
        tenant_id,
        *_columns(stored),
    )
    await _write_states(connection, tenant_id, stored)
    await enqueue(connection, [_event(tenant_id, unit) for unit in stored])
    return stored


async def delete(connection: Connection, tenant_id: UUID, unit: Unit) -> None:
    """Raises `asyncpg.ForeignKeyViolationError` while something stands in or below the unit."""
    await connection.execute(
        "delete from units where tenant_id = $1 and id = $2", tenant_id, unit.id
    )
    gone = replace(unit, version=unit.version + 1)
    await enqueue(connection, [_event(tenant_id, gone, deleted=True)])


async def _write_states(connection: Connection, tenant_id: UUID, units: Sequence[Unit]) -> None:
    """Bring the stored states to those of the units: what stands as it is is not touched."""
    pairs = [(unit.id, state) for unit in units for state in unit.states]
    wanted = (
        [unit_id for unit_id, _ in pairs],
        [state.valid_from for _, state in pairs],
        [state.parent_id for _, state in pairs],
        [state.name for _, state in pairs],
        [state.kind for _, state in pairs],
    )
    await connection.execute(
        """
        delete from unit_states s
        where tenant_id = $1 and unit_id = any ($2) and not exists (
            select from unnest($3::uuid[], $4::date[], $5::uuid[], $6::text[], $7::text[])
                        as w(unit_id, valid_from, parent_id, name, kind)
            where (w.unit_id, w.valid_from, w.name, w.kind)
                  = (s.unit_id, s.valid_from, s.name, s.kind)
              and w.parent_id is not distinct from s.parent_id)
        """,
        tenant_id,
        [unit.id for unit in units],
        *wanted,
    )
    await connection.execute(
        """
        insert into unit_states (tenant_id, unit_id, valid_from, parent_id, name, kind)
        select $1, * from unnest($2::uuid[], $3::date[], $4::uuid[], $5::text[], $6::text[])
        on conflict do nothing
        """,
        tenant_id,
        *wanted,
    )


def _columns(units: Sequence[Unit]) -> list[list[object]]:
    return [
        [unit.id for unit in units],
        [unit.name for unit in units],
        [unit.kind for unit in units],
        [unit.code for unit in units],
        [unit.parent_id for unit in units],
        [unit.region_kemendagri for unit in units],
        [unit.region_bps for unit in units],
        [unit.state_from for unit in units],
        [unit.ended_on for unit in units],
        [unit.merged_into_id for unit in units],
        [unit.version for unit in units],
    ]


def _unit(row: asyncpg.Record) -> Unit:
    states = tuple(State(*state) for state in row["states"])
    fields = {**row, "aliases": tuple(row["aliases"]), "states": states}
    return Unit(**{name: value for name, value in fields.items() if name in Unit.__slots__})


def _event(tenant_id: UUID, unit: Unit, *, deleted: bool = False) -> UnitChanged:
    return UnitChanged(
        tenant_id=tenant_id,
        id=unit.id,
        version=unit.version,
        deleted=deleted,
        parent_id=unit.parent_id,
        name=unit.name,
        unit_kind=unit.kind,
        states=tuple(
            UnitState(
                valid_from=state.valid_from,
                parent_id=state.parent_id,
                name=state.name,
                unit_kind=state.kind,
            )
            for state in unit.states
        ),
        ended_on=unit.ended_on,
        merged_into_id=unit.merged_into_id,
    )

"""Counters and rosters in the database."""

from dataclasses import replace
from datetime import date
from typing import Final
from uuid import UUID

import asyncpg

from services.registry.counters.rules import Counter, Roster, Shift
from services.registry.links import Links
from shared.contracts import CounterChanged, RosterChanged
from shared.contracts import Shift as PublishedShift
from shared.db import Connection
from shared.messaging.outbox import enqueue

_COUNTERS: Final = """
select c.id, c.unit_id, c.name, c.version,
       array(select s.service_id from counter_services s
             where s.tenant_id = c.tenant_id and s.counter_id = c.id order by s.service_id)
         as service_ids
from counters c where c.tenant_id = $1
"""
_ROSTERS: Final = """
select r.id, r.counter_id, r.day, r.version,
       array(select (s.starts, s.ends, s.person_id) from shifts s
             where s.tenant_id = r.tenant_id and s.roster_id = r.id
             order by s.starts, s.ends, s.person_id) as shifts
from rosters r where r.tenant_id = $1
"""
_SERVICES: Final = Links("counter_services", "counter_id", "service_id")


async def find(
    connection: Connection, tenant_id: UUID, counter_id: UUID, *, lock: bool = False
) -> Counter | None:
    """The counter of this tenant; with `lock` nobody else changes it meanwhile."""
    if lock:
        # Apart, so that what it lists is read after those who held the lock have committed.
        await connection.execute(
            "select from counters where tenant_id = $1 and id = $2 for no key update",
            tenant_id,
            counter_id,
        )
    row = await connection.fetchrow(f"{_COUNTERS} and c.id = $2", tenant_id, counter_id)
    return _counter(row) if row else None


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    after: UUID | None,
    limit: int,
    unit_id: UUID | None = None,
) -> list[Counter]:
    """Counters in the order of their ids, those of one unit only where asked."""
    rows = await connection.fetch(
        f"""
        {_COUNTERS} and ($2::uuid is null or c.id > $2) and ($4::uuid is null or c.unit_id = $4)
        order by c.id limit $3
        """,
        tenant_id,
        after,
        limit,
        unit_id,
    )
    return [_counter(row) for row in rows]


async def insert(connection: Connection, tenant_id: UUID, counter: Counter) -> None:
    """Raises `asyncpg.IntegrityConstraintViolationError` for a name taken, an unknown unit or
    service."""
    await connection.execute(
        """
        insert into counters (tenant_id, id, unit_id, name, version) values ($1, $2, $3, $4, $5)
        """,
        tenant_id,
        counter.id,
        counter.unit_id,
        counter.name,
        counter.version,
    )
    await _SERVICES.write(connection, tenant_id, counter.id, counter.service_ids)
    await enqueue(connection, [_counter_event(tenant_id, counter)])


async def update(connection: Connection, tenant_id: UUID, counter: Counter) -> Counter:
    """Store a counter whose row is locked; returns it with its version raised. Raises like
    `insert`."""
    stored = replace(counter, version=counter.version + 1)
    await connection.execute(
        """
        update counters set unit_id = $3, name = $4, version = $5 where tenant_id = $1 and id = $2
        """,
        tenant_id,
        stored.id,
        stored.unit_id,
        stored.name,
        stored.version,
    )
    await _SERVICES.write(connection, tenant_id, stored.id, stored.service_ids)
    await enqueue(connection, [_counter_event(tenant_id, stored)])
    return stored


async def delete(connection: Connection, tenant_id: UUID, counter: Counter) -> None:
    """Raises `asyncpg.ForeignKeyViolationError` where it ever had a roster."""
    await connection.execute(
        "delete from counters where tenant_id = $1 and id = $2", tenant_id, counter.id
    )
    gone = replace(counter, version=counter.version + 1)
    await enqueue(connection, [_counter_event(tenant_id, gone, deleted=True)])


async def find_roster(connection: Connection, tenant_id: UUID, roster_id: UUID) -> Roster | None:
    """One roster of this tenant."""
    row = await connection.fetchrow(f"{_ROSTERS} and r.id = $2", tenant_id, roster_id)
    return _roster(row) if row else None


async def rosters(
    connection: Connection, tenant_id: UUID, counter_id: UUID, *, since: date, until: date
) -> list[Roster]:
    """The rosters of a counter from `since` to before `until`, by their days."""
    rows = await connection.fetch(
        f"{_ROSTERS} and r.counter_id = $2 and r.day >= $3 and r.day < $4 order by r.day",
        tenant_id,
        counter_id,
        since,
        until,
    )
    return [_roster(row) for row in rows]


async def roster_of(
    connection: Connection, tenant_id: UUID, counter_id: UUID, day: date
) -> Roster | None:
    """The roster of a day; the lock on the counter keeps it as it is."""
    row = await connection.fetchrow(
        f"{_ROSTERS} and r.counter_id = $2 and r.day = $3", tenant_id, counter_id, day
    )
    return _roster(row) if row else None


async def write_roster(connection: Connection, tenant_id: UUID, roster: Roster) -> None:
    """Store a roster, new or with its version raised, whose counter is locked.

    Raises `asyncpg.IntegrityConstraintViolationError` for an unknown person, or one who serves
    elsewhere at the same time.
    """
    await connection.execute(
        """
        insert into rosters (tenant_id, id, counter_id, day, version) values ($1, $2, $3, $4, $5)
        on conflict (tenant_id, id) do update set version = excluded.version
        """,
        tenant_id,
        roster.id,
        roster.counter_id,
        roster.day,
        roster.version,
    )
    await connection.execute(
        "delete from shifts where tenant_id = $1 and roster_id = $2", tenant_id, roster.id
    )
    await connection.execute(
        """
        insert into shifts (tenant_id, roster_id, day, person_id, starts, ends)
        select $1, $2, $3, * from unnest($4::uuid[], $5::time[], $6::time[]) order by 4, 5
        """,
        tenant_id,
        roster.id,
        roster.day,
        [shift.person_id for shift in roster.shifts],
        [shift.starts for shift in roster.shifts],
        [shift.ends for shift in roster.shifts],
    )
    await enqueue(
        connection,
        [
            RosterChanged(
                tenant_id=tenant_id,
                id=roster.id,
                version=roster.version,
                counter_id=roster.counter_id,
                day=roster.day,
                shifts=tuple(
                    PublishedShift(person_id=s.person_id, starts=s.starts, ends=s.ends)
                    for s in roster.shifts
                ),
            )
        ],
    )


def _counter(row: asyncpg.Record) -> Counter:
    return Counter(**{**row, "service_ids": tuple(row["service_ids"])})


def _roster(row: asyncpg.Record) -> Roster:
    return Roster(**{**row, "shifts": tuple(Shift(*shift) for shift in row["shifts"])})


def _counter_event(tenant_id: UUID, counter: Counter, *, deleted: bool = False) -> CounterChanged:
    return CounterChanged(
        tenant_id=tenant_id,
        id=counter.id,
        version=counter.version,
        deleted=deleted,
        unit_id=counter.unit_id,
        name=counter.name,
        service_ids=counter.service_ids,
    )

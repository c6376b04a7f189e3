"""Training programmes and enrolments in the database."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from typing import Final
from uuid import UUID

import asyncpg

from services.registry.links import Links
from services.registry.training.rules import Programme
from shared.db import Connection

_SELECT: Final = """
select p.id, p.name, p.provider, p.starts_on, p.ends_on, p.places, p.version,
       array(select c.competence_id from programme_competences c
             where c.tenant_id = p.tenant_id and c.programme_id = p.id order by 1)
           as competence_ids,
       e.enrolled
from programmes p
cross join lateral (
    select count(*) as enrolled from enrolments e
    where e.tenant_id = p.tenant_id and e.programme_id = p.id) as e
"""
_COMPETENCES: Final = Links("programme_competences", "programme_id", "competence_id")


async def find(
    connection: Connection, tenant_id: UUID, programme_id: UUID, *, lock: bool = False
) -> Programme | None:
    """The programme of this tenant; with `lock` nobody else changes it or takes a place in it
    meanwhile."""
    if lock:
        # Apart, so that the places are counted after those who held the lock have committed.
        await connection.execute(
            "select from programmes where tenant_id = $1 and id = $2 for update",
            tenant_id,
            programme_id,
        )
    row = await connection.fetchrow(
        f"{_SELECT} where p.tenant_id = $1 and p.id = $2", tenant_id, programme_id
    )
    return _programme(row) if row else None


async def find_named(
    connection: Connection, tenant_id: UUID, *, name: str, starts_on: date
) -> Programme | None:
    """The programme of this exact name that begins on this day, locked as by `find`."""
    known = await connection.fetchval(
        "select id from programmes where tenant_id = $1 and name = $2 and starts_on = $3",
        tenant_id,
        name,
        starts_on,
    )
    return await find(connection, tenant_id, known, lock=True) if known else None


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    after: UUID | None,
    limit: int,
    open_on: date | None = None,
    competence_id: UUID | None = None,
) -> list[Programme]:
    """Programmes in the order of their ids; where asked only those that begin after a day and have
    places left, and those for a competence."""
    rows = await connection.fetch(
        f"""
        {_SELECT}
        where p.tenant_id = $1 and ($2::uuid is null or p.id > $2)
          and ($4::date is null
               or p.starts_on > $4 and (p.places is null or e.enrolled < p.places))
          and ($5::uuid is null or exists (
              select from programme_competences c
              where c.tenant_id = $1 and c.programme_id = p.id and c.competence_id = $5))
        order by p.id limit $3
        """,
        tenant_id,
        after,
        limit,
        open_on,
        competence_id,
    )
    return [_programme(row) for row in rows]


async def of_ids(
    connection: Connection, tenant_id: UUID, programme_ids: Collection[UUID]
) -> dict[UUID, Programme]:
    """Those of these programmes that exist, by id."""
    rows = await connection.fetch(
        f"{_SELECT} where p.tenant_id = $1 and p.id = any ($2)", tenant_id, list(programme_ids)
    )
    return {row["id"]: _programme(row) for row in rows}


async def first_completed(
    connection: Connection, tenant_id: UUID, programme_id: UUID
) -> date | None:
    """The day on which the first of those enrolled completed it."""
    day: date | None = await connection.fetchval(
        "select min(completed_on) from enrolments where tenant_id = $1 and programme_id = $2",
        tenant_id,
        programme_id,
    )
    return day


async def insert(connection: Connection, tenant_id: UUID, programme: Programme) -> None:
    """Raises `asyncpg.IntegrityConstraintViolationError` where one of this name begins on the same
    day, and for an unknown competence."""
    await connection.execute(
        """
        insert into programmes
            (tenant_id, id, name, provider, starts_on, ends_on, places, version)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        tenant_id,
        *_columns(programme),
    )
    await _COMPETENCES.write(connection, tenant_id, programme.id, programme.competence_ids)


async def update(connection: Connection, tenant_id: UUID, programme: Programme) -> Programme:
    """Store a programme whose row is locked; returns it with its version raised.

    Raises like `insert`.
    """
    await connection.execute(
        """
        update programmes
        set name = $3, provider = $4, starts_on = $5, ends_on = $6, places = $7, version = $8 + 1
        where tenant_id = $1 and id = $2
        """,
        tenant_id,
        *_columns(programme),
    )
    await _COMPETENCES.write(connection, tenant_id, programme.id, programme.competence_ids)
    return replace(programme, version=programme.version + 1)


async def delete(connection: Connection, tenant_id: UUID, programme_id: UUID) -> None:
    """Raises `asyncpg.ForeignKeyViolationError` while somebody is enrolled."""
    await connection.execute(
        "delete from programmes where tenant_id = $1 and id = $2", tenant_id, programme_id
    )


def _columns(programme: Programme) -> tuple[object, ...]:
    return (
        programme.id,
        programme.name,
        programme.provider,
        programme.starts_on,
        programme.ends_on,
        programme.places,
        programme.version,
    )


def _programme(row: asyncpg.Record) -> Programme:
    return Programme(**{**row, "competence_ids": tuple(row["competence_ids"])})

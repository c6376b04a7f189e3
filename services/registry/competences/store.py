"""Competences in the database."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final
from uuid import UUID

import asyncpg

from services.registry.competences.rules import Competence
from services.registry.links import Links
from shared.db import Connection

_COLUMNS: Final = """
c.id, c.code, c.name, c.kind, c.description, c.values_shown as values,
c.elements_shown as elements, c.version,
array(select i.indicator_id from competence_indicators i
      where i.tenant_id = c.tenant_id and i.competence_id = c.id order by 1) as indicator_ids
"""
_FIND: Final = f"select {_COLUMNS} from competences c where c.tenant_id = $1 and c.id = $2"  # noqa: S608
_INDICATORS: Final = Links("competence_indicators", "competence_id", "indicator_id")


async def find(
    connection: Connection, tenant_id: UUID, competence_id: UUID, *, lock: bool = False
) -> Competence | None:
    """The competence of this tenant; with `lock` nobody else changes it meanwhile."""
    if lock:
        # Apart, so that what it lists is read after those who held the lock have committed.
        await connection.execute(
            "select from competences where tenant_id = $1 and id = $2 for no key update",
            tenant_id,
            competence_id,
        )
    row = await connection.fetchrow(_FIND, tenant_id, competence_id)
    return _competence(row) if row else None


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    after: UUID | None,
    limit: int,
    indicator_id: UUID | None = None,
    value: str | None = None,
    element: str | None = None,
) -> list[Competence]:
    """Competences in the order of their ids; where asked only those that an indicator, a value or
    an element shows."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from competences c
        where c.tenant_id = $1 and ($2::uuid is null or c.id > $2)
          and ($4::uuid is null or exists (
              select from competence_indicators i
              where i.tenant_id = $1 and i.competence_id = c.id and i.indicator_id = $4))
          and ($5::text is null or $5 = any (c.values_shown))
          and ($6::text is null or $6 = any (c.elements_shown))
        order by c.id limit $3
        """,  # noqa: S608
        tenant_id,
        after,
        limit,
        indicator_id,
        value,
        element,
    )
    return [_competence(row) for row in rows]


async def ids_of(
    connection: Connection, tenant_id: UUID, codes: Collection[str]
) -> dict[str, UUID]:
    """The ids of the competences with these codes; unknown codes are left out."""
    rows = await connection.fetch(
        "select code, id from competences where tenant_id = $1 and code = any ($2)",
        tenant_id,
        list(codes),
    )
    return {row["code"]: row["id"] for row in rows}


async def insert(connection: Connection, tenant_id: UUID, competence: Competence) -> None:
    """Raises `asyncpg.IntegrityConstraintViolationError` for a code taken or an indicator
    unknown."""
    await connection.execute(
        """
        insert into competences
            (tenant_id, id, code, name, kind, description, values_shown, elements_shown, version)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        tenant_id,
        *_columns(competence),
    )
    await _INDICATORS.write(connection, tenant_id, competence.id, competence.indicator_ids)


async def update(connection: Connection, tenant_id: UUID, competence: Competence) -> Competence:
    """Store a competence whose row is locked; returns it with its version raised.

    Raises like `insert`.
    """
    await connection.execute(
        """
        update competences
        set code = $3, name = $4, kind = $5, description = $6, values_shown = $7,
            elements_shown = $8, version = $9 + 1
        where tenant_id = $1 and id = $2
        """,
        tenant_id,
        *_columns(competence),
    )
    await _INDICATORS.write(connection, tenant_id, competence.id, competence.indicator_ids)
    return replace(competence, version=competence.version + 1)


async def delete(connection: Connection, tenant_id: UUID, competence_id: UUID) -> None:
    """Raises `asyncpg.ForeignKeyViolationError` while a programme trains it."""
    await connection.execute(
        "delete from competences where tenant_id = $1 and id = $2", tenant_id, competence_id
    )


def _columns(competence: Competence) -> tuple[object, ...]:
    return (
        competence.id,
        competence.code,
        competence.name,
        competence.kind,
        competence.description,
        list(competence.values),
        list(competence.elements),
        competence.version,
    )


def _competence(row: asyncpg.Record) -> Competence:
    lists = {name: tuple(row[name]) for name in ("indicator_ids", "values", "elements")}
    return Competence(**{**row, **lists})

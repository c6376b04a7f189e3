"""Kept files and saved mappings in the database, and what imports ask of other tables."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.registry.imports.matching import Named, NamedPerson
from shared.db import Connection

_FIND_MAPPING = """
select id, name, columns, version from import_mappings
where tenant_id = $1 and kind = $2 and name = $3
"""

Columns = Mapping[str, str | None]
"""A title in the file to one of our fields, or to None where the column means nothing."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file as it was sent, with what was said about it."""

    id: UUID
    kind: str
    file_name: str
    content: bytes
    sheet: str | None
    mapping: Columns | None


@dataclass(frozen=True, slots=True)
class SavedMapping:
    id: UUID
    name: str
    columns: Columns
    version: int = 1


async def keep_file(
    connection: Connection, tenant_id: UUID, file: KeptFile, *, actor: str, most: int
) -> None:
    """Keep a file; of more than `most` the oldest go."""
    await connection.execute(
        """
        delete from import_files where tenant_id = $1 and id not in (
            select id from import_files where tenant_id = $1
            order by created_at desc, id desc limit $2)
        """,
        tenant_id,
        most - 1,
    )
    await connection.execute(
        """
        insert into import_files
            (tenant_id, id, kind, file_name, content, sheet, mapping, actor, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, now())
        """,
        tenant_id,
        file.id,
        file.kind,
        file.file_name,
        file.content,
        file.sheet,
        json.dumps(file.mapping) if file.mapping is not None else None,
        actor,
    )


async def find_file(
    connection: Connection, tenant_id: UUID, file_id: UUID, *, since: datetime
) -> KeptFile | None:
    """The file, if it was kept after `since`."""
    row = await connection.fetchrow(
        """
        select id, kind, file_name, content, sheet, mapping from import_files
        where tenant_id = $1 and id = $2 and created_at > $3
        """,
        tenant_id,
        file_id,
        since,
    )
    if row is None:
        return None
    mapping = json.loads(row["mapping"]) if row["mapping"] else None
    return KeptFile(**{**row, "mapping": mapping})


async def delete_file(connection: Connection, tenant_id: UUID, file_id: UUID) -> bool:
    """Whether there was one."""
    done: str = await connection.execute(
        "delete from import_files where tenant_id = $1 and id = $2", tenant_id, file_id
    )
    return done != "DELETE 0"


async def delete_files_before(connection: Connection, before: datetime, *, limit: int) -> int:
    """Delete kept files of all tenants, the oldest first; how many."""
    done: str = await connection.execute(
        """
        delete from import_files where (tenant_id, id) in (
            select tenant_id, id from import_files where created_at < $1
            order by created_at limit $2)
        """,
        before,
        limit,
    )
    return int(done.rsplit(maxsplit=1)[-1])


async def mappings(connection: Connection, tenant_id: UUID, kind: str) -> list[SavedMapping]:
    """Those saved for a kind, by name."""
    rows = await connection.fetch(
        """
        select id, name, columns, version from import_mappings
        where tenant_id = $1 and kind = $2 order by name
        """,
        tenant_id,
        kind,
    )
    return [SavedMapping(**{**row, "columns": json.loads(row["columns"])}) for row in rows]


async def find_mapping(
    connection: Connection, tenant_id: UUID, kind: str, *, name: str, lock: bool = False
) -> SavedMapping | None:
    """The mapping of this name; with `lock` nobody else changes it meanwhile."""
    suffix = " for update" if lock else ""
    row = await connection.fetchrow(
        _FIND_MAPPING + suffix,
        tenant_id,
        kind,
        name,
    )
    return SavedMapping(**{**row, "columns": json.loads(row["columns"])}) if row else None


async def put_mapping(
    connection: Connection, tenant_id: UUID, kind: str, mapping: SavedMapping
) -> SavedMapping:
    """Store a mapping under its name, instead of one that is there."""
    row = await connection.fetchrow(
        """
        insert into import_mappings (tenant_id, id, kind, name, columns, version)
        values ($1, $2, $3, $4, $5, 1)
        on conflict (tenant_id, kind, name) do update
        set columns = excluded.columns, version = import_mappings.version + 1
        returning id, version
        """,
        tenant_id,
        mapping.id,
        kind,
        mapping.name,
        json.dumps(mapping.columns),
    )
    assert row is not None
    return replace(mapping, id=row["id"], version=row["version"])


async def delete_mapping(connection: Connection, tenant_id: UUID, mapping_id: UUID) -> None:
    await connection.execute(
        "delete from import_mappings where tenant_id = $1 and id = $2", tenant_id, mapping_id
    )


async def unit_words(connection: Connection, tenant_id: UUID) -> list[Named]:
    """All units with what they are called; those that have ended are named by their code only."""
    rows = await connection.fetch(
        """
        select u.id, u.code, case when u.ended_on is null then array_append(
            array(select alias from unit_aliases a
                  where a.tenant_id = u.tenant_id and a.unit_id = u.id), u.name) end as names
        from units u where u.tenant_id = $1 order by u.id
        """,
        tenant_id,
    )
    return [Named(row["id"], row["code"], tuple(row["names"] or ())) for row in rows]


async def person_words(connection: Connection, tenant_id: UUID) -> list[NamedPerson]:
    """Everybody, by what files name them."""
    rows = await connection.fetch(
        "select id, kind, number, external_id from people where tenant_id = $1 order by id",
        tenant_id,
    )
    return [NamedPerson(**row) for row in rows]


async def colleagues(
    connection: Connection, tenant_id: UUID, unit_ids: Collection[UUID], *, on: date
) -> dict[UUID, str]:
    """Who works definitively in these units on the day: name, and number where there is one."""
    rows = await connection.fetch(
        """
        select p.id, concat_ws(', ', p.name, coalesce(p.number, p.external_id)) as called
        from assignments a
        join people p on p.tenant_id = a.tenant_id and p.id = a.person_id
        where a.tenant_id = $1 and a.unit_id = any ($2) and a.kind = 'definitive'
          and a.valid_from <= $3 and (a.valid_until is null or a.valid_until > $3)
        order by p.name, p.id
        """,
        tenant_id,
        list(unit_ids),
        on,
    )
    return {row["id"]: row["called"] for row in rows}

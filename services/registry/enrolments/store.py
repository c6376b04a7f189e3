"""Enrolments in the database."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from services.registry.enrolments.rules import Enrolment
from shared.db import Connection

_COLUMNS: Final = "id, programme_id, person_id, enrolled_at, completed_on, mark, version"


async def find(
    connection: Connection, tenant_id: UUID, programme_id: UUID, *, person_id: UUID
) -> Enrolment | None:
    """A person's place in a programme; the lock on the programme keeps it as it is."""
    row = await connection.fetchrow(
        f"""
        select {_COLUMNS} from enrolments
        where tenant_id = $1 and programme_id = $2 and person_id = $3
        """,  # noqa: S608
        tenant_id,
        programme_id,
        person_id,
    )
    return Enrolment(**row) if row else None


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    after: UUID | None,
    limit: int,
    programme_id: UUID | None = None,
    person_id: UUID | None = None,
) -> list[Enrolment]:
    """Enrolments in the order they were made, those in a programme or of a person where asked."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from enrolments
        where tenant_id = $1 and ($2::uuid is null or id > $2)
          and ($4::uuid is null or programme_id = $4) and ($5::uuid is null or person_id = $5)
        order by id limit $3
        """,  # noqa: S608
        tenant_id,
        after,
        limit,
        programme_id,
        person_id,
    )
    return [Enrolment(**row) for row in rows]


async def insert(connection: Connection, tenant_id: UUID, enrolments: Sequence[Enrolment]) -> None:
    """The programmes are locked, and have places left.

    Raises `asyncpg.IntegrityConstraintViolationError` for somebody unknown or enrolled already.
    """
    await connection.execute(
        f"""
        insert into enrolments (tenant_id, {_COLUMNS})
        select $1, * from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[],
                                 $6::date[], $7::numeric[], $8::int[])
        """,  # noqa: S608
        tenant_id,
        [one.id for one in enrolments],
        [one.programme_id for one in enrolments],
        [one.person_id for one in enrolments],
        [one.enrolled_at for one in enrolments],
        [one.completed_on for one in enrolments],
        [one.mark for one in enrolments],
        [one.version for one in enrolments],
    )


async def update(
    connection: Connection, tenant_id: UUID, enrolments: Sequence[Enrolment]
) -> list[Enrolment]:
    """Store completions; the programmes are locked. Returns them with their versions raised."""
    await connection.execute(
        """
        update enrolments e
        set completed_on = n.completed_on, mark = n.mark, version = n.version + 1
        from unnest($2::uuid[], $3::date[], $4::numeric[], $5::int[])
             as n(id, completed_on, mark, version)
        where e.tenant_id = $1 and e.id = n.id
        """,
        tenant_id,
        [one.id for one in enrolments],
        [one.completed_on for one in enrolments],
        [one.mark for one in enrolments],
        [one.version for one in enrolments],
    )
    return [replace(one, version=one.version + 1) for one in enrolments]


async def delete(connection: Connection, tenant_id: UUID, enrolment_id: UUID) -> None:
    """Somebody else may have the place."""
    await connection.execute(
        "delete from enrolments where tenant_id = $1 and id = $2", tenant_id, enrolment_id
    )

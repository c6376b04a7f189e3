"""People in the database. Their events carry ids and the kind only."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from services.registry.people.rules import Person, without_separators
from shared.contracts import PersonChanged, PersonKind
from shared.db import Connection
from shared.messaging.outbox import enqueue

_FIND = """
select id, kind, name, number, external_id, version from people where tenant_id = $1 and id = $2
"""


async def find(
    connection: Connection, tenant_id: UUID, person_id: UUID, *, lock: bool = False
) -> Person | None:
    """The person of this tenant; with `lock` nobody else changes the person, or the person's
    assignments, meanwhile."""
    suffix = " for no key update" if lock else ""
    row = await connection.fetchrow(_FIND + suffix, tenant_id, person_id)
    return Person(**row) if row else None


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    after: UUID | None,
    limit: int,
    text: str | None = None,
) -> list[Person]:
    """People in the order of their ids; where asked only those with `text` in their name, whatever
    its case, with a number that begins with it, or with it as their external id."""
    rows = await connection.fetch(
        """
        select id, kind, name, number, external_id, version from people
        where tenant_id = $1 and ($2::uuid is null or id > $2)
          and ($4::text is null or position(lower($4) in lower(name)) > 0
               or starts_with(number, nullif($5, '')) or lower(external_id) = lower($4))
        order by id limit $3
        """,
        tenant_id,
        after,
        limit,
        text,
        without_separators(text or ""),
    )
    return [Person(**row) for row in rows]


async def names(
    connection: Connection, tenant_id: UUID, person_ids: Collection[UUID]
) -> dict[UUID, str]:
    """The names of these people; those unknown are left out."""
    rows = await connection.fetch(
        "select id, name from people where tenant_id = $1 and id = any ($2)",
        tenant_id,
        list(person_ids),
    )
    return {row["id"]: row["name"] for row in rows}


async def lock_known(
    connection: Connection,
    tenant_id: UUID,
    *,
    numbers: Collection[str],
    external_ids: Collection[str],
    ids: Collection[UUID] = (),
) -> list[Person]:
    """Those with one of these numbers, external ids or ids, locked in one order."""
    rows = await connection.fetch(
        """
        select id, kind, name, number, external_id, version from people
        where tenant_id = $1
          and (number = any ($2) or external_id = any ($3) or id = any ($4))
        order by id for no key update
        """,
        tenant_id,
        list(numbers),
        list(external_ids),
        list(ids),
    )
    return [Person(**row) for row in rows]


async def insert(connection: Connection, tenant_id: UUID, people: Sequence[Person]) -> None:
    """Raises `asyncpg.UniqueViolationError` where a number or external id is taken."""
    await connection.execute(
        """
        insert into people (tenant_id, id, kind, name, number, external_id, version)
        select $1, * from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[],
                                 $7::int[])
        """,
        tenant_id,
        *_columns(people),
    )
    await enqueue(connection, [_event(tenant_id, person) for person in people])


async def update(connection: Connection, tenant_id: UUID, people: Sequence[Person]) -> list[Person]:
    """Store people whose rows are locked; returns them with their versions raised.

    Raises like `insert`.
    """
    await connection.execute(
        """
        update people p
        set kind = n.kind, name = n.name, number = n.number, external_id = n.external_id,
            version = n.version + 1
        from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[])
             as n(id, kind, name, number, external_id, version)
        where p.tenant_id = $1 and p.id = n.id
        """,
        tenant_id,
        *_columns(people),
    )
    stored = [replace(person, version=person.version + 1) for person in people]
    await enqueue(connection, [_event(tenant_id, person) for person in stored])
    return stored


async def delete(connection: Connection, tenant_id: UUID, person: Person) -> None:
    """Raises `asyncpg.ForeignKeyViolationError` while the person has assignments."""
    await connection.execute(
        "delete from people where tenant_id = $1 and id = $2", tenant_id, person.id
    )
    gone = replace(person, version=person.version + 1)
    await enqueue(connection, [_event(tenant_id, gone, deleted=True)])


def _columns(people: Sequence[Person]) -> list[list[object]]:
    return [
        [person.id for person in people],
        [person.kind for person in people],
        [person.name for person in people],
        [person.number for person in people],
        [person.external_id for person in people],
        [person.version for person in people],
    ]


def _event(tenant_id: UUID, person: Person, *, deleted: bool = False) -> PersonChanged:
    return PersonChanged(
        tenant_id=tenant_id,
        id=person.id,
        version=person.version,
        deleted=deleted,
        person_kind=PersonKind(person.kind),
    )

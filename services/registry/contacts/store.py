"""Contact points in the database. They are announced to nobody: no event holds them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from services.registry.contacts.rules import ContactPoints
from shared.db import Connection


@dataclass(frozen=True, slots=True)
class Reachable:
    """A person as a message needs one."""

    person_id: UUID
    name: str
    email: str | None
    phone: str | None
    language: str


async def of_people(
    connection: Connection, tenant_id: UUID, person_ids: Collection[UUID]
) -> dict[UUID, ContactPoints]:
    """What is stored of these people; those without any are left out."""
    rows = await connection.fetch(
        """
        select person_id, email, phone, language, version from contact_points
        where tenant_id = $1 and person_id = any ($2)
        """,
        tenant_id,
        list(person_ids),
    )
    return {row["person_id"]: ContactPoints(**row) for row in rows}


async def put(
    connection: Connection, tenant_id: UUID, contacts: Sequence[ContactPoints]
) -> list[ContactPoints]:
    """Store contact points of people whose rows are locked; returns them with versions raised.

    Raises `asyncpg.ForeignKeyViolationError` for somebody unknown.
    """
    await connection.execute(
        """
        insert into contact_points (tenant_id, person_id, email, phone, language, version)
        select $1, person_id, email, phone, language, version + 1
        from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::int[])
             as n(person_id, email, phone, language, version)
        order by person_id
        on conflict (tenant_id, person_id) do update
        set email = excluded.email, phone = excluded.phone, language = excluded.language,
            version = excluded.version
        """,
        tenant_id,
        [contact.person_id for contact in contacts],
        [contact.email for contact in contacts],
        [contact.phone for contact in contacts],
        [contact.language for contact in contacts],
        [contact.version for contact in contacts],
    )
    return [replace(contact, version=contact.version + 1) for contact in contacts]


async def look_up(
    connection: Connection, tenant_id: UUID, person_ids: Collection[UUID]
) -> list[Reachable]:
    """Those of these people who exist, with what is known of them."""
    rows = await connection.fetch(
        """
        select p.id as person_id, p.name, c.email, c.phone, coalesce(c.language, 'id') as language
        from people p
        left join contact_points c on c.tenant_id = p.tenant_id and c.person_id = p.id
        where p.tenant_id = $1 and p.id = any ($2) order by p.id
        """,
        tenant_id,
        list(person_ids),
    )
    return [Reachable(**row) for row in rows]

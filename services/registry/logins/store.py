"""Logins in the database. They are on no topic."""

from uuid import UUID

from services.registry.logins.rules import Login
from shared.db import Connection


async def find(connection: Connection, tenant_id: UUID, person_id: UUID) -> Login | None:
    """The login of a person; the lock on the person keeps it as it is."""
    row = await connection.fetchrow(
        "select person_id, subject, version from logins where tenant_id = $1 and person_id = $2",
        tenant_id,
        person_id,
    )
    return Login(**row) if row else None


async def insert(connection: Connection, tenant_id: UUID, login: Login) -> None:
    """Raises `asyncpg.UniqueViolationError` where the login is somebody else's, and
    `asyncpg.ForeignKeyViolationError` for an unknown person."""
    await connection.execute(
        "insert into logins (tenant_id, person_id, subject, version) values ($1, $2, $3, $4)",
        tenant_id,
        login.person_id,
        login.subject,
        login.version,
    )


async def update(connection: Connection, tenant_id: UUID, login: Login) -> Login:
    """Store a login whose person is locked; returns it with its version raised.
    Raises like `insert`."""
    row = await connection.fetchrow(
        """
        update logins set subject = $3, version = version + 1
        where tenant_id = $1 and person_id = $2 returning person_id, subject, version
        """,
        tenant_id,
        login.person_id,
        login.subject,
    )
    assert row is not None
    return Login(**row)


async def delete(connection: Connection, tenant_id: UUID, person_id: UUID) -> None:
    """From now on its tokens name nobody."""
    await connection.execute(
        "delete from logins where tenant_id = $1 and person_id = $2", tenant_id, person_id
    )

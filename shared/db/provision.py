"""Makes databases and logins. Needs a superuser once; everything later runs with less."""

from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg

from shared.settings import database_url

LOGINS = ("owner", "api", "worker")


async def provision(admin_url: str, services: tuple[str, ...]) -> None:
    """Create what is missing for each service and set the passwords named by its URLs.

    Safe to repeat. Only the owner may create objects; nobody but the service's logins connects.
    """
    admin = await asyncpg.connect(admin_url)
    try:
        for service in services:
            for login in LOGINS:
                await _ensure_login(admin, database_url(service, login))
            await _ensure_database(admin, service)
    finally:
        await admin.close()
    for service in services:
        await _close_to_others(admin_url, service)


async def _ensure_login(admin: asyncpg.Connection, url: str) -> None:
    parts = urlsplit(url)
    role, password = parts.username or "", unquote(parts.password or "")
    known = await admin.fetchval("select true from pg_roles where rolname = $1", role)
    verb = "alter" if known else "create"
    statement: str = await admin.fetchval(
        "select format('%s role %I login nosuperuser nobypassrls password %L', $1::text, $2, $3)",
        verb,
        role,
        password,
    )
    await admin.execute(statement)


async def _ensure_database(admin: asyncpg.Connection, service: str) -> None:
    name = urlsplit(database_url(service, "owner")).path.lstrip("/")
    if not await admin.fetchval("select true from pg_database where datname = $1", name):
        await admin.execute(
            await admin.fetchval(
                "select format('create database %I owner %I', $1::text, $2::text)",
                name,
                f"tera_{service}_owner",
            )
        )


async def _close_to_others(admin_url: str, service: str) -> None:
    name = urlsplit(database_url(service, "owner")).path.lstrip("/")
    inside = urlunsplit(urlsplit(admin_url)._replace(path=f"/{name}"))
    connection = await asyncpg.connect(inside)
    try:
        logins = ", ".join(f"tera_{service}_{login}" for login in LOGINS)
        await connection.execute(
            f'revoke all on database "{name}" from public;'
            f'grant connect, temporary on database "{name}" to {logins};'
            f"alter schema public owner to tera_{service}_owner;"
            f"revoke all on schema public from public;"
            f"grant usage on schema public to {logins};"
        )
    finally:
        await connection.close()

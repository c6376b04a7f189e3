"""Makes databases and logins. Needs a superuser once; everything later runs with less."""

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg

LOGINS = ("owner", "api", "worker")


# A login sees only its own sessions; the age of the oldest transaction, and nothing else of the
# others, is shown to the worker.
_OLDEST_TRANSACTION = """
create or replace function tera_oldest_transaction() returns double precision
language sql security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0)::double precision
    from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
$$
"""


async def provision(admin_url: str, service: str, urls: Mapping[str, str]) -> None:
    """Create what is missing of a service's database and logins, and set their passwords.

    ``urls`` maps each of ``LOGINS`` to its connection URL, which names user, password and
    database. Safe to repeat. Only the owner may create objects; only these three may connect.
    """
    database = urlsplit(urls["owner"]).path.lstrip("/")
    admin = await asyncpg.connect(admin_url)
    try:
        for login in LOGINS:
            await _ensure_login(admin, urls[login])
        if not await admin.fetchval("select true from pg_database where datname = $1", database):
            await _run(
                admin, "create database %I owner %I", database, urlsplit(urls["owner"]).username
            )
    finally:
        await admin.close()
    await _close_to_others(
        admin_url, database, [urlsplit(urls[login]).username for login in LOGINS]
    )


async def _ensure_login(admin: asyncpg.Connection, url: str) -> None:
    parts = urlsplit(url)
    known = await admin.fetchval("select true from pg_roles where rolname = $1", parts.username)
    await _run(
        admin,
        f"{'alter' if known else 'create'} role %I login nosuperuser nobypassrls password %L",
        parts.username,
        unquote(parts.password or ""),
    )


async def _close_to_others(admin_url: str, database: str, logins: list[str | None]) -> None:
    inside = await asyncpg.connect(urlunsplit(urlsplit(admin_url)._replace(path=f"/{database}")))
    try:
        await _run(inside, "revoke all on database %I from public", database)
        await _run(inside, "alter schema public owner to %I", logins[0])
        await inside.execute("revoke all on schema public from public")
        await inside.execute(_OLDEST_TRANSACTION)
        await inside.execute("revoke all on function tera_oldest_transaction() from public")
        await _run(inside, "grant execute on function tera_oldest_transaction() to %I", logins[-1])
        for login in logins:
            await _run(inside, "grant connect, temporary on database %I to %I", database, login)
            await _run(inside, "grant usage on schema public to %I", login)
    finally:
        await inside.close()


async def _run(connection: asyncpg.Connection, statement: str, *values: str | None) -> None:
    """Utility statements take no parameters: the server itself quotes them by ``format``."""
    arguments = ", ".join(f"${place}::text" for place in range(2, len(values) + 2))
    await connection.execute(
        await connection.fetchval(f"select format($1, {arguments})", statement, *values)
    )

"""What backup and restore ask of a service's database, with its owner login."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import asyncpg

from cli.errors import UserError

_TABLES = """
select count(*) from pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
"""
_UNREADABLE = """
select string_agg(c.relname, ', ') from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relrowsecurity
  and not exists (
      select from pg_policies p
      where p.schemaname = 'public' and p.tablename = c.relname and p.permissive = 'PERMISSIVE'
        and p.qual = 'true' and p.cmd in ('ALL', 'SELECT') and current_user = any (p.roles))
"""
# What others do is hidden from the owner, but not that they are there; autovacuum has no user.
_SESSIONS = """
select count(*) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and usesysid is not null
"""
_OWN_OBJECTS = """
select format('drop %s if exists %s cascade',
              case c.relkind when 'v' then 'view' when 'm' then 'materialized view'
                             else 'table' end, c.oid::regclass)
from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
  and pg_get_userbyid(c.relowner) = current_user
union all
select format('drop routine if exists %s cascade', p.oid::regprocedure) from pg_proc p
where p.pronamespace = 'public'::regnamespace and pg_get_userbyid(p.proowner) = current_user
union all
select format('drop type if exists %s cascade', t.oid::regtype) from pg_type t
where t.typnamespace = 'public'::regnamespace and t.typtype in ('e', 'r', 'd')
  and pg_get_userbyid(t.typowner) = current_user
"""


@dataclass(frozen=True)
class Found:
    """A service's database as it is now."""

    major: int
    server: str
    now: datetime
    tables: int
    sessions: int
    migration: str
    unreadable: str | None


async def look(service: str, url: str) -> Found:
    """Raises ``UserError`` where the database cannot be reached."""
    connection = await connect(service, url)
    try:
        tables = await connection.fetchval(_TABLES)
        migrated = await connection.fetchval("select to_regclass('alembic_version') is not null")
        return Found(
            major=connection.get_server_version().major,
            server=await connection.fetchval("show server_version"),
            now=await connection.fetchval("select clock_timestamp()"),
            tables=tables,
            sessions=await connection.fetchval(_SESSIONS),
            migration=(
                await connection.fetchval("select version_num from alembic_version") or ""
                if migrated
                else ""
            ),
            unreadable=await connection.fetchval(_UNREADABLE),
        )
    finally:
        await connection.close()


async def clear(service: str, url: str) -> None:
    """Drop everything that the owner made; what provisioning made stays."""
    connection = await connect(service, url)
    try:
        async with connection.transaction():
            for row in await connection.fetch(_OWN_OBJECTS):
                await connection.execute(row[0])
    finally:
        await connection.close()


async def connect(service: str, url: str) -> "asyncpg.Connection[asyncpg.Record]":
    """Raises ``UserError``; the password is in no message."""
    try:
        return await asyncpg.connect(url, timeout=10)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        place = urlsplit(url)
        raise UserError(
            f"The database of {service} at {place.hostname}:{place.port}{place.path} cannot be "
            f"reached as {place.username} ({type(error).__name__}: {error}): see that it runs, and "
            f"that `tera provision {service}` has made it."
        ) from None

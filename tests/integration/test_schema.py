"""The migrated databases: equal to the models, and closed to other tenants (promise G7)."""

import importlib
import pkgutil
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from tests.support.databases import Database, Templates

SERVICES = ("registry", "feedback", "scoring", "notification")
OWN_BOOKKEEPING = "alembic_version"
OF_NO_TENANT = {"region_codes"}
"""Public, the same for every tenant, changed by the operator's route alone."""

COLUMNS = """
select c.relname as "table", a.attname as "column", format_type(a.atttypid, a.atttypmod) as type,
       a.attnotnull as required, pg_get_expr(d.adbin, d.adrelid) as "default",
       a.attidentity::text as identity, a.attgenerated::text as generated
from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname <> $1
"""
CONSTRAINTS = """
select conrelid::regclass::text as "table", conname as name, pg_get_constraintdef(oid) as definition
from pg_constraint
where connamespace = 'public'::regnamespace and conrelid <> 0 and conrelid::regclass::text <> $1
  and contype <> 'n'
"""
INDEXES = """
select tablename as "table", indexname as name, indexdef as definition
from pg_indexes where schemaname = 'public' and tablename <> $1
"""


@pytest_asyncio.fixture(params=SERVICES)
async def migrated(templates: Templates, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    async with templates.clone(request.param) as database:
        yield database


async def catalogue(url: str) -> dict[str, set[tuple[object, ...]]]:
    connection = await asyncpg.connect(url)
    try:
        return {
            name: {tuple(row) for row in await connection.fetch(query, OWN_BOOKKEEPING)}
            for name, query in (
                ("columns", COLUMNS),
                ("constraints", CONSTRAINTS),
                ("indexes", INDEXES),
            )
        }
    finally:
        await connection.close()


def metadata_of(service: str) -> sa.MetaData:
    package = importlib.import_module(f"services.{service}")
    for module in pkgutil.walk_packages(package.__path__, f"services.{service}."):
        if module.name.endswith(".tables"):
            importlib.import_module(module.name)
    metadata = importlib.import_module(f"services.{service}.schema").Base.metadata
    assert isinstance(metadata, sa.MetaData)
    return metadata


async def test_models_equal_migrations(migrated: Database, templates: Templates) -> None:
    name = f"models_{migrated.service}_{uuid4().hex[:8]}"
    await templates.admin(f'create database "{name}" owner "tera_{migrated.service}_owner"')
    try:
        url = templates.urls(migrated.service, name)["owner"]
        engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
        async with engine.begin() as connection:
            await connection.run_sync(metadata_of(migrated.service).create_all)
        await engine.dispose()
        models, migrations = await catalogue(url), await catalogue(migrated.owner)
        for kind, expected in models.items():
            assert expected - migrations[kind] == set(), f"{kind} only in the models"
            assert migrations[kind] - expected == set(), f"{kind} only in the migrations"
    finally:
        await templates.admin(f'drop database "{name}" with (force)')


VISIBLE = (
    "(tenant_id = ANY (( SELECT (string_to_array("
    "NULLIF(current_setting('tera.tenants'::text, true), ''::text), ','::text))::uuid[]"
    " AS string_to_array)::uuid[]))"
)


async def assert_policies(
    connection: asyncpg.Connection, table: asyncpg.Record, *, service: str
) -> None:
    """Exactly the policies of ``isolate_tenants``: permissive ones are joined by OR, so that a
    single one more, or for one login more, would open the table."""
    policies = await connection.fetch(
        """
        select polname as name, polcmd::text as command, polpermissive as permissive,
               array(select rolname::text from pg_roles where oid = any (polroles)) as roles,
               0::oid = any (polroles) as everybody,
               pg_get_expr(polqual, polrelid) as using,
               pg_get_expr(polwithcheck, polrelid) as checks
        from pg_policy where polrelid = $1
        """,
        table["oid"],
    )
    rules = {"owner": "true", "worker": "true", "api": VISIBLE}
    for policy in policies:
        name, rule = policy["name"], rules[policy["name"]]
        assert policy["roles"] == [f"tera_{service}_{name}"], (table["name"], name)
        assert not policy["everybody"], (table["name"], name)
        assert (policy["command"], policy["permissive"]) == ("*", True)
        assert (policy["using"], policy["checks"]) == (rule, rule), (table["name"], name)
    if table["open"]:
        assert "api" in {policy["name"] for policy in policies}, table["name"]


async def test_every_table_keeps_tenants_apart(migrated: Database) -> None:
    connection = await asyncpg.connect(migrated.owner)
    api = f"tera_{migrated.service}_api"
    tables = await connection.fetch(
        """
        select c.oid, c.relname as name, c.relrowsecurity and c.relforcerowsecurity as secured,
               c.relkind::text as kind,
               coalesce('security_invoker=true' = any (c.reloptions), false) as invoker,
               exists (select from pg_attribute a
                       where a.attrelid = c.oid and a.attname = 'tenant_id') as tenants,
               has_table_privilege($1, c.oid, 'select, insert, update, delete, truncate, '
                                              'references, trigger') as open
        from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
        """,
        api,
    )
    assert len(tables) > 3
    for table in tables:
        if table["kind"] in {"v", "m"}:
            assert table["invoker"] or not table["open"], f"view {table['name']} passes policies by"
        elif table["tenants"]:
            assert table["secured"], f"{table['name']}: row-level security is not forced"
            await assert_policies(connection, table, service=migrated.service)
        elif table["name"] not in OF_NO_TENANT:
            assert not table["open"], f"{table['name']} has no tenant, yet {api} may use it"
    await connection.close()


async def test_every_key_holds_the_tenant(migrated: Database) -> None:
    """On both sides of a foreign key, in the same place."""
    connection = await asyncpg.connect(migrated.owner)
    crossing = await connection.fetch(
        """
        select k.conrelid::regclass::text || ': ' || pg_get_constraintdef(k.oid) as key
        from pg_constraint k
        where k.connamespace = 'public'::regnamespace and k.contype = 'f'
          and not exists (
            select from unnest(k.conkey, k.confkey) as pair(here, there)
            join pg_attribute a on a.attrelid = k.conrelid and a.attnum = pair.here
            join pg_attribute b on b.attrelid = k.confrelid and b.attnum = pair.there
            where a.attname = 'tenant_id' and b.attname = 'tenant_id')
        """
    )
    assert [row["key"] for row in crossing] == []
    loose = await connection.fetch(
        """
        select k.conrelid::regclass::text || ': ' || pg_get_constraintdef(k.oid) as key
        from pg_constraint k
        where k.connamespace = 'public'::regnamespace and k.contype in ('f', 'u')
          and exists (select from pg_attribute a
                      where a.attrelid = k.conrelid and a.attname = 'tenant_id')
          and not exists (select from pg_attribute a
                          where a.attrelid = k.conrelid and a.attnum = any (k.conkey)
                            and a.attname = 'tenant_id')
        """
    )
    await connection.close()
    assert [row["key"] for row in loose] == []


async def test_the_logins_have_no_more_than_they_need(migrated: Database) -> None:
    connection = await asyncpg.connect(migrated.owner)
    for login in ("owner", "api", "worker"):
        role = await connection.fetchrow(
            """
            select rolsuper or rolbypassrls or rolcreatedb or rolcreaterole
                       or rolreplication as much,
                   exists (select from pg_auth_members where member = r.oid) as member
            from pg_roles r where rolname = $1
            """,
            f"tera_{migrated.service}_{login}",
        )
        assert role is not None
        assert not role["much"]
        assert not role["member"]
    assert not await connection.fetchval(
        """
        select bool_or(has_schema_privilege(rolname, 'public', 'create')) from pg_roles
        where rolname in ($1, $2)
        """,
        f"tera_{migrated.service}_api",
        f"tera_{migrated.service}_worker",
    )
    await connection.close()

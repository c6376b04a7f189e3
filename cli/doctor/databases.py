"""Each service's database: reachable by each login, which may do what it must and no more."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import asyncpg

from cli.doctor.findings import Finding, Patient, error, skipped, warning, why
from services import SERVICES
from shared.db import Connection
from shared.db.migrate import versions
from shared.db.provision import LOGINS

_SECONDS = 5
_POWERS = "select rolsuper, rolbypassrls from pg_roles where rolname = current_user"
_CREATES = "select has_schema_privilege(current_user, 'public', 'create')"


async def check_databases(patient: Patient) -> list[Finding]:
    found: list[Finding] = []
    for service in SERVICES:
        missing = []
        for login in LOGINS:
            url = patient.url(service, login)
            if url is None:
                missing.append(login)
            else:
                found += await _check_login(patient, service, login, url=url)
        if missing:
            found.append(
                skipped(f"{service}: not looked at as {', '.join(missing)} (no address is set)")
            )
    return found


async def _check_login(patient: Patient, service: str, login: str, *, url: str) -> list[Finding]:
    try:
        connection = await asyncpg.connect(url, timeout=_SECONDS, command_timeout=_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError, ValueError) as failure:
        return [_unreachable(service, login, url, failure)]
    try:
        found = await _powers(connection, service, login)
        for part in _PARTS[login]:
            found += await part(patient, connection, service)
        return found
    except (OSError, TimeoutError, asyncpg.PostgresError) as failure:
        return [
            error(
                f"{service} as {login}: the database refused a question ({why(failure)}).",
                f"tera provision {service} && tera migrate {service}",
            )
        ]
    finally:
        await connection.close()


def _unreachable(service: str, login: str, url: str, failure: Exception) -> Finding:
    place = urlsplit(url)
    known = isinstance(failure, asyncpg.PostgresError)
    return error(
        f"{service} as {login}: {place.hostname}:{place.port}{place.path} cannot be reached "
        f"({why(failure)}).",
        f"tera provision {service}" if known else "see that PostgreSQL runs at this address",
    )


async def _powers(connection: Connection, service: str, login: str) -> list[Finding]:
    row = await connection.fetchrow(_POWERS)
    found = []
    if row and (row["rolsuper"] or row["rolbypassrls"]):
        power = "is a superuser" if row["rolsuper"] else "passes by row-level security"
        found.append(
            error(
                f"{service}: the {login} login {power}: tenants are not kept apart.",
                f"tera provision {service}",
            )
        )
    elif login != "owner" and await connection.fetchval(_CREATES):
        found.append(
            error(
                f"{service}: the {login} login may create tables; only the owner should.",
                f"tera provision {service}",
            )
        )
    return found


async def _migrations(_: Patient, connection: Connection, service: str) -> list[Finding]:
    known = versions(service)
    if not await connection.fetchval("select to_regclass('alembic_version') is not null"):
        return [error(f"{service}: the database has no tables yet.", f"tera migrate {service}")]
    version = await connection.fetchval("select version_num from alembic_version")
    if version not in known:
        return [
            error(
                f"{service}: the database is at migration {version}, which this program does not "
                f"know (its newest is {known[-1]}): a newer version of Tera has been here.",
                "run the newer version",
            )
        ]
    if version != known[-1]:
        return [
            error(
                f"{service}: the database is at migration {version}, this program needs "
                f"{known[-1]}.",
                f"tera migrate {service}",
            )
        ]
    return []


async def _oldest_transaction(
    patient: Patient, connection: Connection, service: str
) -> list[Finding]:
    age = await connection.fetchval("select tera_oldest_transaction()")
    if age <= patient.limits.transaction:
        return []
    return [
        warning(
            f"{service}: a transaction has been open for {age:.0f} s; meanwhile dead rows stay, "
            "and reading the outbox takes longer and longer.",
            "find it in pg_stat_activity (order by xact_start) and end it: select "
            "pg_terminate_backend(pid)",
        )
    ]


async def _outbox(patient: Patient, connection: Connection, service: str) -> list[Finding]:
    row = await connection.fetchrow(
        """
        select count(*) as rows,
               coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8 as age
        from (select created_at from outbox order by shard, id limit 100000) as waiting
        """
    )
    if row is None or row["age"] <= patient.limits.outbox:
        return []
    return [
        error(
            f"{service}: {row['rows']} events wait in the outbox, the oldest for "
            f"{row['age']:.0f} s: what is accepted is not published.",
            f"see that `tera serve {service} --role worker` runs and reaches Kafka (action "
            "relay.failed in its log)",
        )
    ]


async def _dead_letters(_: Patient, connection: Connection, service: str) -> list[Finding]:
    rows = await connection.fetch(
        """
        select consumer_group, count(*) as letters from dead_letters where status = 'parked'
        group by 1 order by 1
        """
    )
    return [
        warning(
            f"{service}: {row['letters']} records were set aside by {row['consumer_group']} and do "
            "not count.",
            f"tera dead-letters list --service {service}",
        )
        for row in rows
    ]


Part = Callable[[Patient, Connection, str], Awaitable[list[Finding]]]
_PARTS: dict[str, tuple[Part, ...]] = {
    "owner": (_migrations,),
    "api": (),
    "worker": (_oldest_transaction, _outbox, _dead_letters),
}

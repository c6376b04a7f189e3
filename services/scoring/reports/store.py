"""SQL of reports and plans."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from services.scoring.ledger.rules import ALL_SERVICES
from services.scoring.registry_replica.changes import REPLICA_LOCK
from services.scoring.reports.rules import LEAST_GROUP
from services.scoring.scorecards.rules import Period
from shared.db import Connection

_REPORT: Final = """
id, unit_id, service_id, period, period_starts, period_ends, revision, published_at, published_by,
card_version, described
"""

_CHANGED: Final = """
(select count(*) from facts f
 where f.tenant_id = r.tenant_id and f.unit_id = r.unit_id
   and f.month >= r.period_starts and f.month < r.period_ends
   and (r.service_id = '00000000-0000-0000-0000-000000000000' or f.service_id = r.service_id)
   and f.counted_at > r.published_at
   and (f.counted or (f.received_at <= r.published_at and exists (
        select from fact_history h
        where h.tenant_id = f.tenant_id and h.fact_id = f.fact_id and h.counted))))::int
"""
"""Answers that would alter a report ``r``: counted after it was published, or counted then and
taken out since."""


@dataclass(frozen=True, slots=True)
class Report:
    """A published revision without its document; ``changed``: answers that would alter it now."""

    id: UUID
    unit_id: UUID
    service_id: UUID
    period: str
    period_starts: date
    period_ends: date
    revision: int
    published_at: datetime
    published_by: str
    card_version: int
    described: bool
    changed: int


def report_of(row: Any) -> Report:
    """The report of a row that may hold its document too."""
    return Report(**{name: row[name] for name in Report.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class Plan:
    """``version`` 0: nobody has written one yet."""

    version: int = 0
    population: int | None = None
    entries: tuple[Any, ...] = ()
    outcomes: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """What a report is about; ``service`` None means all services together."""

    tenant: UUID
    unit: UUID
    service: UUID | None
    period: Period

    @property
    def key(self) -> tuple[UUID, UUID, UUID, str]:
        return self.tenant, self.unit, self.service or ALL_SERVICES, self.period.name


async def zone_of(connection: Connection, tenant: UUID) -> str | None:
    """The tenant's IANA time zone; None where the tenant is not known."""
    zone: str | None = await connection.fetchval(
        "select zone from tenants where tenant_id = $1 and id = $1", tenant
    )
    return zone


async def keep_counting_out(connection: Connection) -> None:
    """Until the transaction ends no answer is counted, and those in hand are finished: what is
    published now stands on one side of the moment, and what comes later on the other. Waits five
    seconds at most, then fails as what passes by itself."""
    await connection.execute("set local lock_timeout = '5s'")
    await connection.execute("select pg_advisory_xact_lock($1)", REPLICA_LOCK)


async def plan_of(connection: Connection, place: Place, *, lock: bool = False) -> Plan:
    """The plan as it was last written; with ``lock`` nobody else writes it meanwhile."""
    if lock:
        await connection.execute(
            "select pg_advisory_xact_lock(hashtextextended($1, 0))", "/".join(map(str, place.key))
        )
    row = await connection.fetchrow(
        """
        select version, population, entries, outcomes from satisfaction_plans
        where tenant_id = $1 and unit_id = $2 and service_id = $3 and period = $4
        """,
        *place.key,
    )
    if row is None:
        return Plan()
    entries, outcomes = json.loads(row["entries"]), json.loads(row["outcomes"])
    return Plan(row["version"], row["population"], tuple(entries), tuple(outcomes))


async def write_plan(connection: Connection, place: Place, plan: Plan, *, by: str) -> None:
    """Store the plan as this version of it."""
    await connection.execute(
        """
        insert into satisfaction_plans as p (tenant_id, unit_id, service_id, period, version,
                                             population, entries, outcomes, changed_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (tenant_id, unit_id, service_id, period) do update
        set version = excluded.version, population = excluded.population,
            entries = excluded.entries, outcomes = excluded.outcomes,
            changed_by = excluded.changed_by, changed_at = now()
        """,
        *place.key,
        plan.version,
        plan.population,
        json.dumps(plan.entries),
        json.dumps(plan.outcomes),
        by,
    )


async def latest(connection: Connection, place: Place, *, described: bool = False) -> Any:
    """The newest revision with its document, or the newest that tells who answered; or None."""
    return await connection.fetchrow(
        f"""
        select {_REPORT}, document, {_CHANGED} as changed from satisfaction_reports r
        where tenant_id = $1 and unit_id = $2 and service_id = $3 and period = $4
          and (described or not $5)
        order by revision desc limit 1
        """,  # noqa: S608 - constants of this module
        *place.key,
        described,
    )


async def before(connection: Connection, place: Place) -> Any:
    """The newest revision of the latest earlier period of the same length; or None."""
    return await connection.fetchrow(
        """
        select id, period, revision, document from satisfaction_reports
        where tenant_id = $1 and unit_id = $2 and service_id = $3
          and period_starts < $4 and (period like '%Q%') = $5
        order by period_starts desc, revision desc limit 1
        """,
        *place.key[:3],
        place.period.starts,
        place.period.months == 3,
    )


async def leaves_few(connection: Connection, place: Place) -> bool:
    """Whether a description of ``place`` beside those that are published would leave so few answers
    between them that the difference describes single people: all services less the large ones, a
    quarter less two of its months."""
    found: bool = await connection.fetchval(
        """
        with cuts as (
            select service_id, period_starts, period_ends from satisfaction_reports
            where tenant_id = $1 and unit_id = $2 and described
              and date_trunc('quarter', period_starts) = date_trunc('quarter', $4::date)
            union
            select $3::uuid, $4::date, $5::date)
        select exists (
            select from cuts w cross join lateral (
                select count(*) as answers from facts f
                where f.tenant_id = $1 and f.unit_id = $2 and f.counted
                  and f.month >= w.period_starts and f.month < w.period_ends
                  and w.service_id in ($6, f.service_id)
                  and not exists (
                      select from cuts c
                      where c is distinct from w and w.service_id in ($6, c.service_id)
                        and c.period_starts >= w.period_starts and c.period_ends <= w.period_ends
                        and f.month >= c.period_starts and f.month < c.period_ends
                        and c.service_id in ($6, f.service_id))) rest
            where rest.answers between 1 and $7)
        """,
        *place.key[:3],
        place.period.starts,
        place.period.ends,
        ALL_SERVICES,
        LEAST_GROUP - 1,
    )
    return found


async def insert(
    connection: Connection,
    place: Place,
    *,
    id: UUID,
    revision: int,
    by: str,
    card_version: int,
    described: bool,
    document: str,
) -> Report:
    """Freeze a document. Counting must be kept out."""
    row = await connection.fetchrow(
        f"""
        insert into satisfaction_reports (tenant_id, unit_id, service_id, period, period_starts,
            period_ends, id, revision, published_by, card_version, described, document)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        returning {_REPORT}, 0 as changed
        """,  # noqa: S608
        *place.key,
        place.period.starts,
        place.period.ends,
        id,
        revision,
        by,
        card_version,
        described,
        document,
    )
    return Report(**row)


async def page(
    connection: Connection,
    tenant: UUID,
    unit: UUID,
    *,
    period: str | None,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[Report]:
    """Revisions of a unit, latest period and newest first."""
    rows = await connection.fetch(
        f"""
        select {_REPORT}, {_CHANGED} as changed from satisfaction_reports r
        where tenant_id = $1 and unit_id = $2 and ($3::text is null or period = $3)
          and ($4::date is null or (period_starts, id) < ($4, $5::uuid))
        order by period_starts desc, id desc limit $6
        """,  # noqa: S608
        tenant,
        unit,
        period,
        *(after or (None, None)),
        limit,
    )
    return [Report(**row) for row in rows]


async def find(connection: Connection, tenant: UUID, unit: UUID, *, id: UUID) -> Any:
    """One revision with its document, or None."""
    return await connection.fetchrow(
        f"""
        select {_REPORT}, document, {_CHANGED} as changed from satisfaction_reports r
        where tenant_id = $1 and unit_id = $2 and id = $3
        """,  # noqa: S608
        tenant,
        unit,
        id,
    )

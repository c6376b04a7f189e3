"""SQL of the ledger: count, and the questions that are asked of it."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.scoring.ledger.statements import COUNT, FIELDS, PREPARE
from shared.db import Connection

FactRow = tuple[Any, ...]
"""A fact as an event tells it: the values of ``statements.FIELDS``, in that order."""


async def count(connection: Connection, facts: Iterable[FactRow]) -> dict[UUID, int]:
    """Bring facts into the ledger: each revision once, whatever comes twice, late or in any order.

    Superseded revisions go to the history; new minus old is added to the tallies; what moved is
    marked. Returns how many revisions were new, by tenant.

    One call per transaction never waits for another in a circle. Several of them, as in the bisect
    of a batch, may: that deadlock passes by, and the batch is tried again.
    """
    await connection.execute(PREPARE)
    await connection.copy_records_to_table("incoming", records=facts, columns=FIELDS)
    return {row["tenant_id"]: row["applied"] for row in await connection.fetch(COUNT)}


async def tallies_of(
    connection: Connection, keys: Sequence[tuple[UUID, str, UUID, UUID, date]]
) -> Sequence[Any]:
    """The tallies of (tenant, kind, subject, unit, first day of a quarter), as they stand now."""
    rows: list[Any] = await connection.fetch(
        """
        select t.* from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::date[])
            as k(tenant_id, subject_kind, subject_id, unit_id, quarter)
        join tallies t using (tenant_id, subject_kind, subject_id, unit_id)
        where t.month >= k.quarter and t.month < k.quarter + interval '3 months' and t.answers <> 0
        """,
        *map(list, zip(*keys, strict=True)),
    )
    return rows


async def waiting(connection: Connection) -> int:
    """Facts whose tenant, unit or service is not known yet."""
    found: int = await connection.fetchval("select count(*) from facts where month is null")
    return found


async def is_stale(
    connection: Connection, tenant: UUID, *, kind: str, subject: UUID, months: tuple[date, date]
) -> bool:
    """Whether a card of the subject in the months [first, end) is about to be computed again, or
    might be, because a recount of the tenant is under way."""
    stale: bool = await connection.fetchval(
        """
        select exists (select from stale_marks where tenant_id = $1 and subject_kind = $2
                       and subject_id = $3 and month >= $4 and month < $5)
            or exists (select from recounts where tenant_id = $1)
        """,
        tenant,
        kind,
        subject,
        *months,
    )
    return stale


async def statuses(connection: Connection, tenant: UUID, facts: Sequence[UUID]) -> Any:
    """How many of the facts are counted, waiting, excluded, unknown; and how many of the counted
    ones are not on their unit's card yet (stale)."""
    return await connection.fetchrow(
        """
        with asked as (select distinct id from unnest($2::uuid[]) as i(id)),
        found as (
            select f.*, exists (
                select from stale_marks m where m.tenant_id = f.tenant_id
                and m.subject_kind = 'unit' and m.subject_id = f.unit_id and m.month = f.month
            ) as stale
            from facts f join asked on f.tenant_id = $1 and f.fact_id = asked.id)
        select count(*) filter (where counted and month is not null) as counted,
               count(*) filter (where counted and month is null) as waiting,
               count(*) filter (where not counted) as excluded,
               (select count(*) from asked) - count(*) as unknown,
               count(*) filter (where counted and stale) as stale
        from found
        """,
        tenant,
        facts,
    )


async def days(
    connection: Connection,
    tenant: UUID,
    *,
    kind: str,
    subject: UUID,
    unit: UUID,
    service: UUID | None,
    months: tuple[date, date],
) -> Sequence[Any]:
    """Evidence by the tenant's day, without ids: ``day``, ``counted``, ``parked``,
    ``withdrawn`` answers of the months [first, end)."""
    whose = (
        "f.unit_id = $2 and $3 = $2"
        if kind == "unit"
        else ("f.officer_id = $2 and f.person_unit_id = $3")
    )
    rows: list[Any] = await connection.fetch(
        f"""
        select (f.occurred_at at time zone t.zone)::date as day,
               count(*) filter (where counted) as counted,
               count(*) filter (where not counted and state = 'parked') as parked,
               count(*) filter (where not counted and state = 'withdrawn') as withdrawn
        from facts f join tenants t on t.tenant_id = f.tenant_id and t.id = f.tenant_id
        where f.tenant_id = $1 and {whose} and ($4::uuid is null or f.service_id = $4)
          and f.month >= $5 and f.month < $6
        group by 1 order by 1
        """,  # noqa: S608 - one of two constants
        tenant,
        subject,
        unit,
        service,
        *months,
    )
    return rows

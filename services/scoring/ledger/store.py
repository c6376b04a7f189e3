"""SQL of the ledger: count, recount, and the questions that are asked of it."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.scoring.ledger.rules import ALL_SERVICES
from services.scoring.ledger.statements import COUNT, FIELDS, PREPARE, RECOUNT
from services.scoring.registry_replica.store import REPLICA_LOCK, Moved
from shared.db import Connection

FactRow = tuple[Any, ...]
"""A fact as an event tells it: the values of ``statements.FIELDS``, in that order."""

PAGE = 1000

_QUEUE = """
insert into recounts (tenant_id, kind, subject_id, from_day)
select m.tenant_id, m.kind, m.subject_id, min(m.from_day)
from unnest($1::uuid[], $2::text[], $3::uuid[], $4::date[])
     as m(tenant_id, kind, subject_id, from_day)
where case m.kind
    when 'tenant' then exists (select from facts f where f.tenant_id = m.tenant_id)
    when 'unit' then exists (select from facts f where f.tenant_id = m.tenant_id
                             and f.unit_id = m.subject_id and f.month is null)
    when 'service' then exists (select from facts f where f.tenant_id = m.tenant_id
                                and f.service_id = m.subject_id and f.month is null)
    when 'officer' then exists (select from facts f where f.tenant_id = m.tenant_id
                                and f.officer_id = m.subject_id)
    else exists (select from tallies t where t.tenant_id = m.tenant_id) end
group by m.tenant_id, m.kind, m.subject_id
order by m.tenant_id, m.kind, m.subject_id
"""

_LOCK_PAGE = {
    "tenant": "true",
    "unit": "unit_id = $2 and month is null",
    "service": "service_id = $2 and month is null",
    "officer": "officer_id = $2",
}

# A day is the tenant's, a moment is not: one day earlier is early enough in every zone.
_LOCK = """
select fact_id from facts
where tenant_id = $1 and ($2::uuid is not null) and {concerned}
  and occurred_at >= $3::date - 1 and fact_id > $4
order by fact_id limit {page} for update
"""

_MARK_SUBTREE = """
with recursive below as (
    select $2::uuid as id
    union
    select u.id from below join units u on u.tenant_id = $1 and u.parent_id = below.id)
insert into stale_marks (tenant_id, subject_kind, subject_id, unit_id, service_id, month, cause)
select distinct tenant_id, subject_kind, subject_id, unit_id,
       case subject_kind when 'unit' then service_id else $4::uuid end, month, 'policy'
from tallies
where tenant_id = $1 and month >= date_trunc('month', $3::date)
  and ($2 = $1 or unit_id in (select id from below))
order by 1, 2, 3, 4, 5, 6
"""


async def count(connection: Connection, facts: Iterable[FactRow]) -> dict[UUID, int]:
    """Bring facts into the ledger: each revision once, whatever comes twice, late or in any order.

    Superseded revisions go to the history; new minus old is added to the tallies; what moved is
    marked. Returns how many revisions were new, by tenant. Call it once per transaction.
    """
    await connection.execute(PREPARE)
    await connection.copy_records_to_table("incoming", records=facts, columns=FIELDS)
    return {row["tenant_id"]: row["applied"] for row in await connection.fetch(COUNT)}


async def queue_recounts(connection: Connection, moved: Iterable[Moved]) -> None:
    """Queue what a change of the replica may have moved, in the transaction of that change.

    Exact because the replica's lock is held: no count is in hand that could be missed.
    """
    entries = sorted(moved)
    if entries:
        await connection.execute(_QUEUE, *map(list, zip(*entries, strict=True)))


async def recount_some(connection: Connection, *, page: int = PAGE) -> bool:
    """Do one page of facts of the oldest free entry of the queue; False where there is none."""
    entry = await connection.fetchrow(
        "select * from recounts order by id limit 1 for update skip locked"
    )
    if entry is None:
        return False
    if entry["kind"] == "policy":
        await connection.execute(
            _MARK_SUBTREE,
            entry["tenant_id"],
            entry["subject_id"],
            entry["from_day"],
            ALL_SERVICES,
        )
        last = None
    else:
        last = await _recount_page(connection, entry, page=page)
    if last is None:
        await connection.execute("delete from recounts where id = $1", entry["id"])
    else:
        await connection.execute(
            "update recounts set after_fact = $2 where id = $1", entry["id"], last
        )
    return True


async def _recount_page(connection: Connection, entry: Any, *, page: int) -> UUID | None:
    await connection.execute("select pg_advisory_xact_lock_shared($1)", REPLICA_LOCK)
    # Locked first, attributed in a statement of its own: that one sees what the locks waited for.
    rows = await connection.fetch(
        _LOCK.format(concerned=_LOCK_PAGE[entry["kind"]], page=page),
        entry["tenant_id"],
        entry["subject_id"],
        entry["from_day"],
        entry["after_fact"] or UUID(int=0),
    )
    facts: list[UUID] = [row["fact_id"] for row in rows]
    await connection.execute(RECOUNT, entry["tenant_id"], facts)
    return facts[-1] if len(facts) == page else None


async def take_marks(connection: Connection, *, limit: int) -> Sequence[Any]:
    """Remove the oldest free marks, and all others of their subjects and months: one computing does
    for them, however often a busy counter moved meanwhile. Returns them, oldest first."""
    rows: list[Any] = await connection.fetch(
        """
        with oldest as materialized (
            select id, tenant_id, subject_kind, subject_id, month
            from stale_marks order by id limit $1 for update skip locked),
        others as materialized (
            select m.id from stale_marks m
            join (select distinct tenant_id, subject_kind, subject_id, month from oldest) k
                using (tenant_id, subject_kind, subject_id, month)
            for update of m skip locked)
        delete from stale_marks where id in (select id from oldest union select id from others)
        returning *
        """,
        limit,
    )
    return sorted(rows, key=lambda row: row["id"])


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


async def marked(connection: Connection) -> int:
    """Marks that no recompute has taken yet."""
    found: int = await connection.fetchval("select count(*) from stale_marks")
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

"""SQL of the recounts: what the replica moved is queued, and worked off page by page."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import structlog

from services.scoring.ledger.rules import ALL_SERVICES
from services.scoring.ledger.statements import RECOUNT
from services.scoring.registry_replica.changes import REPLICA_LOCK, Moved
from shared.db import Connection, is_transient

PAGE = 1000
SUBJECTS = 100
"""Whose marks one step leaves when a policy changed: a unit may have thousands of cards."""

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
    "tenant": "tenant_id = $2",
    "unit": "unit_id = $2 and month is null",
    "service": "service_id = $2 and month is null",
    "officer": "officer_id = $2",
    "fact": "fact_id = $2",
}

# A day is the tenant's, a moment is not: one day earlier is early enough in every zone.
_LOCK = """
select fact_id from facts
where tenant_id = $1 and {concerned}
  and occurred_at >= $3::date - 1 and fact_id > $4
order by fact_id limit {page} for update
"""

_SUBJECTS = """
select subject_id from (
    (select distinct subject_id from tallies
     where tenant_id = $1 and subject_kind = 'unit' and subject_id > $2 order by 1 limit $3)
    union
    (select distinct subject_id from tallies
     where tenant_id = $1 and subject_kind = 'person' and subject_id > $2 order by 1 limit $3)
) either order by 1 limit $3
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
where tenant_id = $1 and subject_kind in ('unit', 'person') and subject_id = any ($5::uuid[])
  and month >= date_trunc('month', $3::date)
  and ($2 = $1 or unit_id in (select id from below))
order by 1, 2, 3, 4, 6, 5
"""
"""By month before service: the marks of a step share the cards over all services."""

_SET_ASIDE = """
update recounts
set attempts = attempts + 1,
    retry_at = now() + least(interval '10 seconds' * 2 ^ least(attempts, 20), interval '1 hour')
where id = $1 returning attempts
"""

_SET_FACT_ASIDE = """
insert into recounts (tenant_id, kind, subject_id, from_day, attempts, retry_at)
select $1, 'fact', $2, $3, 1, now() + interval '10 seconds'
where not exists (
    select from recounts where tenant_id = $1 and kind = 'fact' and subject_id = $2)
"""

log = structlog.get_logger()


async def queue_recounts(connection: Connection, moved: Iterable[Moved]) -> None:
    """Queue what a change of the replica may have moved, in the transaction of that change.

    Exact because the replica's lock is held: no count is in hand that could be missed.
    """
    entries = sorted(moved)
    if entries:
        await connection.execute(_QUEUE, *map(list, zip(*entries, strict=True)))


async def recount_some(connection: Connection, *, page: int = PAGE) -> bool:
    """Do one page of the oldest free entry of the queue; False where there is none.

    A fact that fails becomes an entry of its own, and the others go on. An entry that fails as a
    whole rests: ten seconds, twice as long each time, an hour at most.
    """
    entry = await connection.fetchrow(
        """
        select * from recounts where retry_at is null or retry_at <= now()
        order by id limit 1 for update skip locked
        """
    )
    if entry is None:
        return False
    try:
        async with connection.transaction():
            last = await _work_on(connection, entry, page=page)
    except Exception as error:
        if is_transient(error):
            raise
        attempts = await connection.fetchval(_SET_ASIDE, entry["id"])
        _complain(entry, entry["subject_id"], error=error, attempts=attempts)
        return True
    if last is None:
        await connection.execute("delete from recounts where id = $1", entry["id"])
    else:
        await connection.execute(
            "update recounts set after_id = $2, attempts = 0, retry_at = null where id = $1",
            entry["id"],
            last,
        )
    return True


async def set_aside(connection: Connection) -> int:
    """Recounts that failed and are tried again later."""
    found: int = await connection.fetchval("select count(*) from recounts where attempts > 0")
    return found


async def _work_on(connection: Connection, entry: Any, *, page: int) -> UUID | None:
    """The fact or subject after which to go on; None where nothing is left."""
    if entry["kind"] != "policy":
        return await _recount_page(connection, entry, page=page)
    # Subjects that come up behind this page are computed by the new policy from the first.
    rows = await connection.fetch(
        _SUBJECTS, entry["tenant_id"], entry["after_id"] or UUID(int=0), SUBJECTS
    )
    subjects: list[UUID] = [row["subject_id"] for row in rows]
    await connection.execute(
        _MARK_SUBTREE,
        entry["tenant_id"],
        entry["subject_id"],
        entry["from_day"],
        ALL_SERVICES,
        subjects,
    )
    return subjects[-1] if len(subjects) == SUBJECTS else None


async def _recount_page(connection: Connection, entry: Any, *, page: int) -> UUID | None:
    await connection.execute("select pg_advisory_xact_lock_shared($1)", REPLICA_LOCK)
    # Locked first, attributed in a statement of its own: that one sees what the locks waited for.
    rows = await connection.fetch(
        _LOCK.format(concerned=_LOCK_PAGE[entry["kind"]], page=page),
        entry["tenant_id"],
        entry["subject_id"],
        entry["from_day"],
        entry["after_id"] or UUID(int=0),
    )
    facts: list[UUID] = [row["fact_id"] for row in rows]
    done = await _recount_first(connection, entry, facts)
    return facts[done - 1] if done < len(facts) or done == page else None


async def _recount_first(connection: Connection, entry: Any, facts: list[UUID]) -> int:
    """Recount as many of the facts as can be, from the first on, and no further: two recounts in
    one transaction might wait for another's in a circle. Returns how many are dealt with."""
    while True:
        try:
            async with connection.transaction():
                await connection.execute(RECOUNT, entry["tenant_id"], facts)
        except Exception as error:
            if is_transient(error) or entry["kind"] == "fact":
                raise
            if len(facts) == 1:
                await connection.execute(
                    _SET_FACT_ASIDE, entry["tenant_id"], facts[0], entry["from_day"]
                )
                _complain(entry, facts[0], error=error, attempts=1)
                return 1
            facts = facts[: len(facts) // 2]
        else:
            return len(facts)


def _complain(entry: Any, subject: UUID, *, error: Exception, attempts: int) -> None:
    log.error(
        "What a change of the registry moved could not be recounted; it is tried again later",
        action="recount.set_aside",
        tenant_id=str(entry["tenant_id"]),
        kind=entry["kind"],
        subject_id=str(subject),
        attempts=attempts,
        error=type(error).__name__,
    )

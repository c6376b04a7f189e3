"""SQL of the marks: taken in bounded steps, removed once computed, left where computing fails."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from shared.db import Connection

REPEATS = 10
"""So many times as many further marks of the same cards go along: they cost no card more."""

_KEY = "tenant_id, subject_kind, subject_id, unit_id, service_id, month"
_SUBJECT = "tenant_id, subject_kind, subject_id, unit_id"

_TAKE = f"""
with oldest as materialized (
    select m.* from stale_marks m
    where not exists (
        select from setbacks s
        where (s.tenant_id, s.subject_kind, s.subject_id, s.unit_id)
            = (m.tenant_id, m.subject_kind, m.subject_id, m.unit_id) and s.retry_at > now())
    order by m.id limit $1 for update of m skip locked),
repeats as materialized (
    select m.* from stale_marks m
    join (select distinct {_KEY} from oldest) k using ({_KEY})
    where m.id > (select max(id) from oldest)
    order by m.id limit $2 for update of m skip locked)
select * from oldest union all select * from repeats order by id
"""  # noqa: S608 - made of constants of this module

_REMOVE = f"""
with removed as (delete from stale_marks where id = any ($1::bigint[]) returning {_SUBJECT})
delete from setbacks where ({_SUBJECT}) in (select {_SUBJECT} from removed)
"""  # noqa: S608

_SET_ASIDE = f"""
insert into setbacks as s ({_SUBJECT}, attempts, error, retry_at)
values ($1, $2, $3, $4, 1, $5, now() + interval '10 seconds')
on conflict ({_SUBJECT}) do update
set attempts = s.attempts + 1, error = excluded.error, failed_at = excluded.failed_at,
    retry_at = now() + least(interval '10 seconds' * 2 ^ least(s.attempts, 20), interval '1 hour')
returning attempts
"""  # noqa: S608


_TRACE = """
update stale_marks m set traceparent = i.traceparent
from unnest($1::uuid[], $2::uuid[], $3::text[]) as i(tenant_id, fact_id, traceparent)
join facts f using (tenant_id, fact_id)
where m.tenant_id = f.tenant_id and m.month = f.month
  and (m.subject_kind, m.subject_id, m.unit_id) in (
      ('unit', f.unit_id, f.unit_id), ('person', f.officer_id, f.person_unit_id))
  and m.xmin = pg_current_xact_id()::xid
"""


async def trace(connection: Connection, traced: Sequence[tuple[UUID, UUID, str]]) -> None:
    """Note on the marks that this transaction left which trace they belong to. ``traced`` are facts
    counted in it: tenant, fact, traceparent. Marks of others, who may be at work, are let alone."""
    await connection.execute(_TRACE, *map(list, zip(*traced, strict=True)))


async def take(connection: Connection, *, limit: int) -> Sequence[Any]:
    """Lock the ``limit`` oldest free marks whose subjects are not set aside, and with them at most
    ``REPEATS * limit`` later ones of the same cards: one computing does for them, however often a
    busy counter moved meanwhile. Returns them, oldest first."""
    rows: list[Any] = await connection.fetch(_TAKE, limit, REPEATS * limit)
    return rows


async def remove(connection: Connection, ids: Sequence[int]) -> None:
    """Remove marks whose cards are computed; their subjects are set aside no more."""
    await connection.execute(_REMOVE, ids)


async def set_aside(
    connection: Connection, tenant: UUID, *, kind: str, subject: UUID, unit: UUID, error: str
) -> int:
    """Leave the subject's marks, old and new, for a while: ten seconds, twice as long each time, an
    hour at most. Returns how many times in a row it has failed."""
    attempts: int = await connection.fetchval(_SET_ASIDE, tenant, kind, subject, unit, error)
    return attempts


async def standing(connection: Connection) -> int:
    """Marks that no recompute has taken yet."""
    found: int = await connection.fetchval("select count(*) from stale_marks")
    return found


async def setbacks(connection: Connection) -> int:
    """Subjects whose cards cannot be computed."""
    found: int = await connection.fetchval("select count(*) from setbacks")
    return found

"""SQL of notices and inboxes."""
# ruff: noqa: S608 - made of constants of this module, never of values

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from services.notification.notices.rules import NewNotice
from shared.db import Connection

_LOCK_INBOXES = """
insert into inboxes as i (tenant_id, person_id, position)
select tenant_id, person_id, 0 from unnest($1::uuid[], $2::uuid[]) as k(tenant_id, person_id)
on conflict (tenant_id, person_id) do update set position = i.position
"""

# A statement of its own, after the locks: it sees what those who held them committed.
_INSERT = """
with i as (
    select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::jsonb[],
                         $7::bool[], $8::timestamptz[]) with ordinality
                  as i(tenant_id, person_id, occasion, source, unit_id, parameters, in_inbox,
                       digest_at, place)),
fresh as (
    select i.*, row_number() over (partition by tenant_id, person_id order by place) as step
    from i
    where not exists (select from notices n
                      where (n.tenant_id, n.occasion, n.source, n.person_id)
                          = (i.tenant_id, i.occasion, i.source, i.person_id))),
made as (
    insert into notices (tenant_id, id, person_id, position, occasion, source, unit_id, parameters,
                         in_inbox, digest_at)
    select f.tenant_id, uuidv7(), f.person_id, b.position + f.step, f.occasion, f.source, f.unit_id,
           f.parameters, f.in_inbox, f.digest_at
    from fresh f join inboxes b using (tenant_id, person_id)
    order by f.place
    returning tenant_id, id, person_id, position, occasion, source, digest_at),
moved as (
    update inboxes b set position = m.last
    from (select tenant_id, person_id, max(position) as last from made group by 1, 2) m
    where (b.tenant_id, b.person_id) = (m.tenant_id, m.person_id))
select * from made
"""

_SHOWN = "id, position, occasion, unit_id, parameters, created_at, read_at"


class Plan(NamedTuple):
    """A notice, and how it is to be shown: in the inbox, and in which digest (None: in none)."""

    notice: NewNotice
    in_inbox: bool
    digest_at: datetime | None


async def insert(
    connection: Connection, people: Sequence[tuple[UUID, UUID]], plans: Sequence[Plan]
) -> Sequence[Any]:
    """Add what is not there yet to the inboxes of ``people`` (sorted), which stay locked until the
    transaction ends; the rows that were made."""
    await connection.execute(
        _LOCK_INBOXES, [tenant for tenant, _ in people], [person for _, person in people]
    )
    notices = [plan.notice for plan in plans]
    rows: list[Any] = await connection.fetch(
        _INSERT,
        [notice.tenant_id for notice in notices],
        [notice.person_id for notice in notices],
        [notice.occasion for notice in notices],
        [notice.source for notice in notices],
        [notice.unit_id for notice in notices],
        [json.dumps(notice.parameters) for notice in notices],
        [plan.in_inbox for plan in plans],
        [plan.digest_at for plan in plans],
    )
    return rows


async def listed(
    connection: Connection,
    tenant: UUID,
    person: UUID,
    *,
    before: int | None,
    unread: bool,
    limit: int,
) -> Sequence[Any]:
    """A page of an inbox, newest first, from below the position ``before``."""
    rows: list[Any] = await connection.fetch(
        f"select {_SHOWN} from notices where tenant_id = $1 and person_id = $2 and in_inbox"
        " and ($3::bigint is null or position < $3)"
        f"{' and read_at is null' if unread else ''} order by position desc limit $4",
        tenant,
        person,
        before,
        limit,
    )
    return rows


async def after(
    connection: Connection, tenant: UUID, inboxes: Sequence[tuple[UUID, int]], *, limit: int
) -> Sequence[Any]:
    """What came into each of these inboxes (person) after a position, oldest first, so many of each
    at most. Rows have ``place`` (in ``inboxes``)."""
    rows: list[Any] = await connection.fetch(
        f"""
        select k.place - 1 as place, n.*
        from unnest($3::uuid[], $4::bigint[]) with ordinality as k(person_id, position, place)
        cross join lateral (
            select {_SHOWN} from notices n
            where n.tenant_id = $1 and n.person_id = k.person_id and n.in_inbox
              and n.position > k.position
            order by n.position limit $2) n
        order by place, n.position
        """,
        tenant,
        limit,
        [person for person, _ in inboxes],
        [position for _, position in inboxes],
    )
    return rows


async def states(
    connection: Connection, tenant: UUID, people: Sequence[UUID]
) -> list[tuple[int, int]]:
    """Of each inbox the position and how many of its notices are unread, as of one moment."""
    rows = await connection.fetch(
        """
        select coalesce(i.position, 0) as position,
               (select count(*) from notices n
                where n.tenant_id = $1 and n.person_id = k.person_id
                  and n.read_at is null and n.in_inbox) as unread
        from unnest($2::uuid[]) with ordinality as k(person_id, place)
        left join inboxes i on i.tenant_id = $1 and i.person_id = k.person_id
        order by k.place
        """,
        tenant,
        people,
    )
    return [(row["position"], row["unread"]) for row in rows]


async def mark_read(connection: Connection, tenant: UUID, person: UUID, id: UUID) -> bool:
    """Remember that it was read, the first time; False where the person has no such notice."""
    found: bool | None = await connection.fetchval(
        """
        update notices set read_at = coalesce(read_at, clock_timestamp())
        where tenant_id = $1 and id = $2 and person_id = $3 and in_inbox returning true
        """,
        tenant,
        id,
        person,
    )
    return bool(found)


async def mark_all_read(connection: Connection, tenant: UUID, person: UUID, *, until: int) -> int:
    """The same for all up to a position; how many were unread."""
    done = await connection.execute(
        """
        update notices set read_at = clock_timestamp()
        where tenant_id = $1 and person_id = $2 and read_at is null and in_inbox and position <= $3
        """,
        tenant,
        person,
        until,
    )
    return int(done.split()[-1])


async def contents(
    connection: Connection, notices: Collection[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], Any]:
    """By (tenant, notice): ``occasion``, ``unit_id``, ``parameters`` (JSON) and ``person_id``."""
    rows = await connection.fetch(
        """
        select n.tenant_id, n.id, n.person_id, n.occasion, n.unit_id, n.parameters
        from unnest($1::uuid[], $2::uuid[]) as k(tenant_id, id)
        join notices n using (tenant_id, id)
        """,
        [tenant for tenant, _ in notices],
        [notice for _, notice in notices],
    )
    return {(row["tenant_id"], row["id"]): row for row in rows}


async def take_due_digests(connection: Connection, *, now: datetime, limit: int) -> Sequence[Any]:
    """Take critical answers whose digest is due, whole people at a time, oldest first; they are not
    taken again."""
    rows: list[Any] = await connection.fetch(
        """
        with due as materialized (
            select distinct tenant_id, person_id, digest_at from (
                select tenant_id, person_id, digest_at from notices
                where digest_at <= $1 order by digest_at limit $2) oldest),
        locked as materialized (
            select n.tenant_id, n.id from notices n join due using (tenant_id, person_id, digest_at)
            order by n.tenant_id, n.id for update of n)
        update notices n set digest_at = null from locked l
        where (n.tenant_id, n.id) = (l.tenant_id, l.id) and n.digest_at is not null
        returning n.tenant_id, n.id, n.person_id, n.unit_id, old.digest_at
        """,
        now,
        limit,
    )
    return rows


async def forget(connection: Connection, *, older_than: timedelta, limit: int) -> int:
    """Delete notices whose time is over, oldest first; how many."""
    done = await connection.execute(
        """
        delete from notices where (tenant_id, id) in (
            select tenant_id, id from notices where created_at < now() - $1::interval
            order by created_at limit $2 for update skip locked)
        """,
        older_than,
        limit,
    )
    return int(done.split()[-1])

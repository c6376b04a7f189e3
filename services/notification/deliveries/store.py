"""The queue in the database: what is due, who has claimed it, and how it ended."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.notification.deliveries.rules import UNKNOWN, Attempt, Claimed, Delivery, NewDelivery
from shared.contracts import Channel, DeliveryEnded, DeliveryOutcome, RecipientKind
from shared.db import Connection, uuid7
from shared.messaging import outbox

# The lanes that have something to do are found by jumping through the index, then each gives its
# oldest: a lane with a hundred thousand messages costs no more than one with ten, and leaves the
# others their places. A tenant with many lanes, its web-hooks, gets no more than
# $9 in all. Only the oldest of all these are locked; there are more of them than wanted, since
# another worker may just be taking the same ones.
_CLAIM = """
with recursive lanes as (
    (select lane from deliveries where channel = $1 and ended_at is null order by lane limit 1)
    union all
    select (select d.lane from deliveries d
            where d.channel = $1 and d.ended_at is null and d.lane > lanes.lane
            order by d.lane limit 1)
    from lanes where lanes.lane is not null
), of_lanes as (
    select o.tenant_id, o.id, o.due_at,
           row_number() over (partition by o.tenant_id order by o.due_at) as turn
    from lanes cross join lateral (
        select d.tenant_id, d.id, d.due_at from deliveries d
        where d.channel = $1 and d.lane = lanes.lane and d.ended_at is null and d.due_at <= now()
          and (d.claimed_until is null or d.claimed_until <= now())
        order by d.due_at limit $3
    ) o
    where lanes.lane <> all ($4) and o.tenant_id <> all ($8)
), oldest as materialized (
    select tenant_id, id from of_lanes where turn <= $9 order by due_at limit 4 * $2
), due as materialized (
    select d.tenant_id, d.id from oldest join deliveries d using (tenant_id, id)
    where d.ended_at is null and d.due_at <= now()
      and (d.claimed_until is null or d.claimed_until <= now())
    order by d.due_at limit $2 for update of d skip locked
), claimed as (
    update deliveries d set claim = $5, claimed_until = now() + $6::interval
    from due where d.tenant_id = due.tenant_id and d.id = due.id
    returning d.tenant_id, d.id, d.notice_id, d.occasion, d.recipient_kind, d.recipient_id,
              d.channel, d.first_due_at, d.due_at, d.attempts, d.claim, d.traceparent
), lost as (
    update delivery_attempts a set result = $7
    from claimed c where a.tenant_id = c.tenant_id and a.delivery_id = c.id and a.result is null
)
select tenant_id, id, notice_id, occasion, recipient_kind, recipient_id, channel, first_due_at,
       attempts, claim, traceparent,
       (select count(*) from delivery_attempts a
        where a.tenant_id = c.tenant_id and a.delivery_id = c.id
          and (a.milliseconds is null or a.result = $7)) as lost
from claimed c order by due_at
"""
_BEGIN = """
with begun as (
    update deliveries set attempts = attempts + 1, claimed_until = now() + $4::interval
    where tenant_id = $1 and id = $2 and claim = $3 and ended_at is null
    returning tenant_id, id, attempts
)
insert into delivery_attempts (tenant_id, delivery_id, number, began_at)
select tenant_id, id, attempts, clock_timestamp() from begun
returning number
"""
_LOG = """
select id, notice_id, occasion, recipient_kind, recipient_id, channel,
       coalesce(outcome, 'waiting') as outcome, reason, attempts, first_due_at, due_at, ended_at
from deliveries
"""
_END = """
update deliveries
set outcome = $3, reason = $4, ended_at = clock_timestamp(), claim = null, claimed_until = null
where tenant_id = $1 and id = $2 and ended_at is null
returning recipient_kind, recipient_id, occasion, channel, attempts, ended_at
"""


async def enqueue(connection: Connection, deliveries: Sequence[NewDelivery]) -> None:
    """Queue messages in the caller's transaction; one that stands already is left as it is.

    The same notice, recipient and channel is one message, however often it is queued.
    """
    ordered = sorted(deliveries, key=lambda d: (d.tenant_id, d.notice_id, d.recipient_id))
    await connection.execute(
        """
        insert into deliveries (tenant_id, id, notice_id, occasion, recipient_kind, recipient_id,
                                channel, lane, first_due_at, due_at, traceparent)
        select n.tenant_id, n.id, n.notice_id, n.occasion, n.recipient_kind, n.recipient_id,
               n.channel, case n.channel when 'webhook' then n.recipient_id else n.tenant_id end,
               n.due_at, n.due_at, n.traceparent
        from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[],
                    $7::text[], $8::timestamptz[], $9::text[]) with ordinality
             as n(tenant_id, id, notice_id, occasion, recipient_kind, recipient_id, channel,
                  due_at, traceparent, place)
        order by n.place
        on conflict (tenant_id, notice_id, recipient_id, channel) do nothing
        """,
        [d.tenant_id for d in ordered],
        [uuid7() for _ in ordered],
        [d.notice_id for d in ordered],
        [d.occasion for d in ordered],
        [d.recipient_kind for d in ordered],
        [d.recipient_id for d in ordered],
        [d.channel for d in ordered],
        [d.due_at for d in ordered],
        [d.traceparent for d in ordered],
    )


async def claim(
    connection: Connection,
    channel: str,
    *,
    most: int,
    of_one_lane: int,
    of_one_tenant: int,
    busy: Collection[UUID],
    busy_tenants: Collection[UUID],
    lease: timedelta,
) -> list[Claimed]:
    """Take what is due, oldest first, but not of the ``busy`` lanes and tenants.

    What another process claimed and did not end in time is taken too; its last attempt then counts
    as one whose result is unknown.
    """
    rows = await connection.fetch(
        _CLAIM,
        channel,
        most,
        of_one_lane,
        list(busy),
        uuid7(),
        lease,
        UNKNOWN,
        list(busy_tenants),
        of_one_tenant,
    )
    return [Claimed(**row) for row in rows]


async def begin(connection: Connection, claimed: Claimed, *, lease: timedelta) -> int | None:
    """Write down that an attempt begins, and its number; None where the claim was lost."""
    number: int | None = await connection.fetchval(
        _BEGIN, claimed.tenant_id, claimed.id, claimed.claim, lease
    )
    return number


async def attempted(
    connection: Connection, claimed: Claimed, *, number: int, result: str, milliseconds: int
) -> None:
    """Write down what an attempt came to, also where somebody else holds the claim by now."""
    await connection.execute(
        """
        update delivery_attempts set result = $4, milliseconds = $5
        where tenant_id = $1 and delivery_id = $2 and number = $3
        """,
        claimed.tenant_id,
        claimed.id,
        number,
        result,
        milliseconds,
    )


async def end(
    connection: Connection, claimed: Claimed, *, outcome: DeliveryOutcome, reason: str | None
) -> bool:
    """End it and announce that; False where it had ended before."""
    row = await connection.fetchrow(_END, claimed.tenant_id, claimed.id, outcome, reason)
    if row is None:
        return False
    event = DeliveryEnded(
        tenant_id=claimed.tenant_id,
        delivery_id=claimed.id,
        recipient_kind=RecipientKind(row["recipient_kind"]),
        recipient_id=row["recipient_id"],
        occasion=row["occasion"],
        channel=Channel(row["channel"]),
        outcome=outcome,
        reason=reason,
        attempts=row["attempts"],
        ended_at=row["ended_at"],
    )
    await outbox.enqueue(connection, [event])
    return True


async def put_off(connection: Connection, claimed: Claimed, *, until: datetime) -> None:
    """Give the claim back, to be tried again at ``until``; nothing where it was lost."""
    await connection.execute(
        """
        update deliveries set due_at = $4, claim = null, claimed_until = null
        where tenant_id = $1 and id = $2 and claim = $3 and ended_at is null
        """,
        claimed.tenant_id,
        claimed.id,
        claimed.claim,
        until,
    )


async def due(connection: Connection) -> tuple[int, float]:
    """How many messages are due and have not ended, and for how many seconds the oldest."""
    row = await connection.fetchrow(
        """
        select count(*) as number,
               coalesce(extract(epoch from now() - min(due_at)), 0)::double precision as seconds
        from deliveries where ended_at is null and due_at <= now()
        """
    )
    assert row is not None
    return row["number"], row["seconds"]


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    occasion: str | None,
    channel: str | None,
    outcome: str | None,
    before: UUID | None,
    limit: int,
) -> list[Delivery]:
    """The log, newest first; ``outcome`` ``waiting`` means those that have not ended."""
    rows = await connection.fetch(
        _LOG
        + """
        where tenant_id = $1 and ($2::text is null or occasion = $2)
          and ($3::text is null or channel = $3)
          and ($4::text is null or coalesce(outcome, 'waiting') = $4)
          and ($5::uuid is null or id < $5)
        order by id desc limit $6
        """,
        tenant_id,
        occasion,
        channel,
        outcome,
        before,
        limit,
    )
    return [Delivery(**row) for row in rows]


async def find(connection: Connection, tenant_id: UUID, delivery_id: UUID) -> Delivery | None:
    """One entry of the log."""
    row = await connection.fetchrow(
        _LOG + " where tenant_id = $1 and id = $2", tenant_id, delivery_id
    )
    return Delivery(**row) if row else None


async def attempts_of(connection: Connection, tenant_id: UUID, delivery_id: UUID) -> list[Attempt]:
    """All attempts of a delivery, first one first."""
    rows = await connection.fetch(
        """
        select number, began_at, milliseconds, result from delivery_attempts
        where tenant_id = $1 and delivery_id = $2 order by number
        """,
        tenant_id,
        delivery_id,
    )
    return [Attempt(**row) for row in rows]


async def forget(connection: Connection, *, older_than: timedelta, most: int) -> int:
    """Delete what ended so long ago, with its attempts, at most so many; how many it were."""
    gone = await connection.fetch(
        """
        delete from deliveries d using (
            select tenant_id, id from deliveries where ended_at < now() - $1::interval
            order by ended_at limit $2 for update skip locked
        ) old where d.tenant_id = old.tenant_id and d.id = old.id returning d.id
        """,
        older_than,
        most,
    )
    return len(gone)

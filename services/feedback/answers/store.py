"""SQL of answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from services.feedback.answers.events import (
    EVENT_TOPIC,
    EVENT_TYPE,
    Marks,
    NewAnswer,
    first_body,
)
from shared.db import Connection
from shared.messaging.outbox import shard_of

# One statement: an answer that was not stored (its claim or visit is taken) has no outbox row
# either. The order keeps two groups that hold the same visits or claims from waiting for each
# other.
_INSERT: Final = """
with i as (
  select * from unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::uuid[],
    $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[], $13::text[], $14::text[],
    $15::text[], $16::text[], $17::text[], $18::bytea[], $19::bytea[], $20::text[], $21::text[],
    $22::smallint[], $23::bytea[])
  as i(tenant_id, fact_id, channel, unit_id, service_id, officer_id, visit_id, counter_id,
       occurred_at, received_at, scores, comment, sentiment, sex, age_band, education, occupation,
       claim, digest, traceparent, key, shard, body)),
stored as (
  insert into answers (
    tenant_id, fact_id, revision, state, channel, unit_id, service_id, officer_id, visit_id,
    counter_id, occurred_at, received_at, scores, comment, sentiment, sex, age_band, education,
    occupation, claim, digest)
  select tenant_id, fact_id, 1, 'accepted', channel, unit_id, service_id, officer_id, visit_id,
         counter_id, occurred_at, received_at, scores::smallint[], comment, sentiment, sex,
         age_band, education, occupation, claim, digest
  from i order by tenant_id, visit_id, claim, fact_id
  on conflict do nothing
  returning tenant_id, fact_id),
told as (
  insert into outbox (shard, tenant_id, topic, key, event_id, event_type, subject, time,
                      traceparent, body)
  select i.shard, i.tenant_id, $24, i.key, uuidv7(), $25, i.fact_id::text, i.received_at,
         i.traceparent, i.body
  from i join stored using (tenant_id, fact_id))
select i.fact_id from i
where not exists (select from stored s where (s.tenant_id, s.fact_id) = (i.tenant_id, i.fact_id))
"""

_COLUMNS: Final = """
fact_id, revision, state, reason_code, channel, unit_id, service_id, officer_id, occurred_at,
received_at, scores, comment, sentiment
"""


class Claimed(NamedTuple):
    """The answer that already holds a claim."""

    fact_id: UUID
    received_at: datetime
    digest: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """The newest revision of one answer; ``scores`` in the order of ``ELEMENTS``."""

    fact_id: UUID
    revision: int
    state: str
    reason_code: str | None
    channel: str
    unit_id: UUID
    service_id: UUID
    officer_id: UUID | None
    occurred_at: datetime
    received_at: datetime
    scores: list[int | None]
    comment: str | None
    sentiment: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Who made a revision after the first."""

    revision: int
    state: str
    reason_code: str | None
    decided_by: str
    decided_at: datetime


async def insert(connection: Connection, answers: Sequence[NewAnswer]) -> set[UUID]:
    """Store first revisions with their outbox rows; the ids of those that were not stored: their
    claim or visit was taken."""
    if not answers:
        return set()
    columns: list[Sequence[object]] = list(zip(*answers, strict=True))
    place = NewAnswer._fields.index("scores")
    columns[place] = [_literal(answer.scores) for answer in answers]
    keys = [f"{answer.tenant_id}/{answer.fact_id}" for answer in answers]
    taken = await connection.fetch(
        _INSERT,
        *columns,
        keys,
        [shard_of(key) for key in keys],
        [first_body(answer) for answer in answers],
        EVENT_TOPIC,
        EVENT_TYPE,
    )
    return {row[0] for row in taken}


def _literal(marks: Marks) -> str:
    # An array of arrays cannot be unnested by row: each row's marks travel as an array literal.
    return f"{{{str(marks)[1:-1]}}}".replace("None", "NULL")


async def claimed(
    connection: Connection, tenants: Sequence[UUID], *, claims: Sequence[bytes]
) -> dict[tuple[UUID, bytes], Claimed]:
    """The answers that hold these claims, by tenant and claim."""
    rows = await connection.fetch(
        """
        select a.tenant_id, a.claim, a.fact_id, a.received_at, a.digest
        from (select distinct * from unnest($1::uuid[], $2::bytea[]) as u(tenant_id, claim)) i
        join answers a using (tenant_id, claim)
        """,
        tenants,
        claims,
    )
    return {(row[0], row[1]): Claimed(*row[2:]) for row in rows}


async def lock(connection: Connection, tenant: UUID, *, fact_id: UUID) -> Answer | None:
    """The answer, its row locked until the end of the transaction."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from answers where tenant_id = $1 and fact_id = $2 for update",  # noqa: S608
        tenant,
        fact_id,
    )
    return Answer(**row) if row else None


async def revise(
    connection: Connection, tenant: UUID, *, fact_id: UUID, decision: Decision
) -> Answer:
    """Store the next revision of a locked answer, and who decided it."""
    row = await connection.fetchrow(
        f"""
        with revised as (
          update answers set revision = $3, state = $4, reason_code = $5
          where tenant_id = $1 and fact_id = $2 returning {_COLUMNS}),
        decided as (
          insert into answer_decisions
            (tenant_id, fact_id, revision, state, reason_code, decided_by, decided_at)
          select $1, fact_id, revision, state, reason_code, $6, $7 from revised)
        select * from revised
        """,  # noqa: S608 - a constant
        tenant,
        fact_id,
        decision.revision,
        decision.state,
        decision.reason_code,
        decision.decided_by,
        decision.decided_at,
    )
    if row is None:
        raise LookupError(f"answer {fact_id} was not locked")
    return Answer(**row)


async def find(connection: Connection, tenant: UUID, *, fact_id: UUID) -> Answer | None:
    """The newest revision of one answer."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from answers where tenant_id = $1 and fact_id = $2",  # noqa: S608
        tenant,
        fact_id,
    )
    return Answer(**row) if row else None


async def decisions(connection: Connection, tenant: UUID, *, fact_id: UUID) -> list[Decision]:
    """Every decision on an answer, oldest first."""
    rows = await connection.fetch(
        """
        select revision, state, reason_code, decided_by, decided_at from answer_decisions
        where tenant_id = $1 and fact_id = $2 order by revision
        """,
        tenant,
        fact_id,
    )
    return [Decision(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which answers to list; None means all."""

    unit_id: UUID | None = None
    service_id: UUID | None = None
    state: str | None = None


async def page(
    connection: Connection, tenant: UUID, *, only: Filter, after: UUID | None, limit: int
) -> list[Answer]:
    """Answers by id after the given one."""
    return await _page(connection, tenant, only=only, order="fact_id", after=after, limit=limit)


async def mixed_page(
    connection: Connection, tenant: UUID, *, only: Filter, after: bytes | None, limit: int
) -> list[Answer]:
    """Answers by ``rules.place_in_the_mix`` after the given one. Reads all that ``only`` lets
    through, since an index would be paid by every insert."""
    order = "sha256(uuid_send(fact_id))"
    return await _page(connection, tenant, only=only, order=order, after=after, limit=limit)


async def _page(
    connection: Connection,
    tenant: UUID,
    *,
    only: Filter,
    order: str,
    after: UUID | bytes | None,
    limit: int,
) -> list[Answer]:
    conditions = ["tenant_id = $1"]
    values: list[object] = [tenant]
    for column, operator, value in (
        ("unit_id", "=", only.unit_id),
        ("service_id", "=", only.service_id),
        ("state", "=", only.state),
        (order, ">", after),
    ):
        if value is not None:
            values.append(value)
            conditions.append(f"{column} {operator} ${len(values)}")
    rows = await connection.fetch(
        f"select {_COLUMNS} from answers where {' and '.join(conditions)} "  # noqa: S608
        f"order by {order} limit {limit:d}",
        *values,
    )
    return [Answer(**row) for row in rows]


async def release_claims_of_keys(connection: Connection, *, before: datetime, limit: int) -> int:
    """Forget the oldest idempotency keys of walk-in answers received before; how many."""
    status: str = await connection.execute(
        """
        update answers a set claim = null, digest = null
        from (select tenant_id, fact_id from answers
              where channel = 'walk_in' and claim is not null and received_at < $1
              order by received_at limit $2 for update skip locked) due
        where a.tenant_id = due.tenant_id and a.fact_id = due.fact_id
        """,
        before,
        limit,
    )
    return int(status.rpartition(" ")[2])

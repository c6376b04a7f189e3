"""SQL of the hot path: one transaction for a whole group of answers, of any tenants."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from asyncpg import Record

from services.feedback.answers import store as answers
from services.feedback.answers.events import Marks, NewAnswer
from services.feedback.intake.lanes import Lanes
from services.feedback.intake.rules import (
    CounterFound,
    Refusal,
    VisitFound,
    occurred_at,
    refusal_of_counter,
    refusal_of_visit,
)
from shared.db import Connection, uuid7

# Each join names the tenant: the policy lets the whole group's tenants through.
_SOURCES: Final = """
select t.zone,
       v.id, v.unit_id, v.service_id, v.officer_id, coalesce(v.finished_at, v.serving_at),
       v.token_expires_at,
       c.id, c.unit_id, c.service_id,
       c.switched_off_at is null and not coalesce(u.deleted, true) and not coalesce(s.deleted, true)
from unnest($1::uuid[], $2::bytea[], $3::text[]) with ordinality
     as i(tenant_id, token_hash, code, place)
left join tenants t on t.tenant_id = i.tenant_id and not t.deleted
left join visits v on v.tenant_id = i.tenant_id and v.token_hash = i.token_hash
left join counters c on c.tenant_id = i.tenant_id and c.code = i.code
left join units u on u.tenant_id = c.tenant_id and u.id = c.unit_id
left join services s on s.tenant_id = c.tenant_id and s.id = c.service_id
order by i.place
"""


class Submission(NamedTuple):
    """One valid request: by a token (``token_hash``) or at a counter (``code``)."""

    tenant_id: UUID
    token_hash: bytes | None
    code: str | None
    claim: bytes | None
    digest: bytes | None
    scores: Marks
    comment: str | None
    sentiment: str | None
    profile: tuple[str | None, str | None, str | None, str | None]
    service_day: date | None
    received_at: datetime
    traceparent: str | None


class Receipt(NamedTuple):
    """What a citizen gets; ``repeated`` where an earlier try had stored the answer."""

    fact_id: UUID
    received_at: datetime
    repeated: bool


async def store_group(lanes: Lanes, submissions: Sequence[Submission]) -> list[Receipt | Refusal]:
    """Store what can be stored, with its outbox rows, in one transaction; one outcome for each."""
    # Many citizens answer at few counters: each source is looked up once.
    asked = [(each.tenant_id, each.token_hash, each.code) for each in submissions]
    wanted = list(dict.fromkeys(asked))
    async with lanes.transaction({tenant for tenant, _, _ in wanted}) as connection:
        found = await connection.fetch(_SOURCES, *zip(*wanted, strict=True))
        sources = dict(zip(wanted, map(_source, found), strict=True))
        judged = [
            _judge(submission, sources[source])
            for submission, source in zip(submissions, asked, strict=True)
        ]
        taken = await answers.insert(
            connection, [answer for answer in judged if isinstance(answer, NewAnswer)]
        )
        outcomes: list[Receipt | Refusal | None] = [
            answer
            if isinstance(answer, Refusal)
            else None
            if taken and answer.fact_id in taken
            else Receipt(answer.fact_id, answer.received_at, repeated=False)
            for answer in judged
        ]
        if all(isinstance(outcome, Receipt) for outcome in outcomes):
            return [outcome for outcome in outcomes if outcome is not None]
        return await _with_earlier_tries(connection, submissions, outcomes=outcomes)


async def _with_earlier_tries(
    connection: Connection,
    submissions: Sequence[Submission],
    *,
    outcomes: Sequence[Receipt | Refusal | None],
) -> list[Receipt | Refusal]:
    """Whoever was refused or found the claim taken may be repeating itself.

    A new statement sees what other groups committed while the insert waited for them.
    """
    doubtful = [
        submission
        for submission, outcome in zip(submissions, outcomes, strict=True)
        if submission.claim is not None and not isinstance(outcome, Receipt)
    ]
    earlier: dict[tuple[UUID, bytes], answers.Claimed] = {}
    if doubtful:
        earlier = await answers.claimed(
            connection,
            [submission.tenant_id for submission in doubtful],
            claims=[submission.claim for submission in doubtful if submission.claim],
        )
    final: list[Receipt | Refusal] = []
    for submission, outcome in zip(submissions, outcomes, strict=True):
        first = earlier.get((submission.tenant_id, submission.claim or b""))
        if isinstance(outcome, Receipt) or (first is None and outcome is not None):
            final.append(outcome)
        elif first is not None and first.digest == submission.digest:
            final.append(Receipt(first.fact_id, first.received_at, repeated=True))
        elif submission.token_hash:
            # Without a first try, the visit was answered by a token that was replaced meanwhile.
            final.append(Refusal.TOKEN_USED)
        elif first is not None:
            final.append(Refusal.IDEMPOTENCY_KEY_REUSED)
        else:
            raise LookupError("an answer was neither stored nor found by its claim")
    return final


class _Source(NamedTuple):
    """What was found; a tenant without a zone is not known."""

    zone: str | None
    visit: VisitFound | None
    counter: CounterFound | None


def _source(row: Record) -> _Source:
    visit = VisitFound(*row[1:7]) if row[1] is not None else None
    return _Source(row[0], visit, CounterFound(*row[7:11]) if row[7] is not None else None)


def _judge(submission: Submission, source: _Source) -> NewAnswer | Refusal:
    zone, visit, counter = source
    if zone is None:
        return Refusal.UNKNOWN_TENANT
    place: VisitFound | CounterFound | None
    if submission.token_hash is not None:
        place, refusal = visit, refusal_of_visit(visit, submission.received_at)
    else:
        place, refusal = counter, refusal_of_counter(counter)
    if refusal is not None or place is None:
        return refusal or Refusal.UNKNOWN_TOKEN
    moment = occurred_at(
        visit.served_at if visit else None,
        submission.service_day,
        zone=zone,
        received_at=submission.received_at,
    )
    if isinstance(moment, Refusal):
        return moment
    return NewAnswer(
        submission.tenant_id,
        uuid7(),
        "ticket" if visit else "walk_in",
        place.unit_id,
        place.service_id,
        visit.officer_id if visit else None,
        visit.id if visit else None,
        counter.id if counter else None,
        moment,
        submission.received_at,
        submission.scores,
        submission.comment,
        submission.sentiment,
        *submission.profile,
        submission.claim,
        submission.digest,
        submission.traceparent,
    )

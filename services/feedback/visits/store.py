"""SQL of visits."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.feedback.visits.rules import Times
from shared.db import Connection


@dataclass(frozen=True, slots=True)
class NewVisit:
    """A visit to insert; ``token_hash`` is of the token that its creator gets to see once.

    ``claim`` and ``digest`` are of its ``Idempotency-Key`` and content; None without a key.
    """

    tenant_id: UUID
    id: UUID
    ticket: str
    unit_id: UUID
    service_id: UUID
    officer_id: UUID | None
    times: Times
    token_hash: bytes
    token_expires_at: datetime
    created_at: datetime
    claim: bytes | None
    digest: bytes | None


@dataclass(frozen=True, slots=True)
class Visit:
    """What an earlier try stored; ``digest`` tells whether it said the same."""

    id: UUID
    token_expires_at: datetime
    digest: bytes


async def insert(connection: Connection, visit: NewVisit) -> bool:
    """Insert one visit; False where another one holds its claim, committed by now.

    Unit, service and officer are known to the replica.
    """
    added = await connection.fetchval(
        """
        insert into visits (tenant_id, id, ticket, unit_id, service_id, officer_id, taken_at,
            called_at, serving_at, finished_at, left_at, token_hash, token_expires_at, created_at,
            claim, digest)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        on conflict (tenant_id, claim) where claim is not null do nothing
        returning true
        """,
        visit.tenant_id,
        visit.id,
        visit.ticket,
        visit.unit_id,
        visit.service_id,
        visit.officer_id,
        visit.times.taken_at,
        visit.times.called_at,
        visit.times.serving_at,
        visit.times.finished_at,
        visit.times.left_at,
        visit.token_hash,
        visit.token_expires_at,
        visit.created_at,
        visit.claim,
        visit.digest,
    )
    return added is True


async def lock_by_claim(connection: Connection, tenant: UUID, *, claim: bytes) -> Visit | None:
    """The visit that holds a claim, until the transaction ends: no answer to it is stored
    meanwhile, since its foreign key waits for this lock."""
    row = await connection.fetchrow(
        """
        select id, token_expires_at, digest from visits
        where tenant_id = $1 and claim = $2 for update
        """,
        tenant,
        claim,
    )
    return Visit(**row) if row else None


async def replace_token(
    connection: Connection, tenant: UUID, *, visit_id: UUID, token_hash: bytes
) -> bool:
    """Give a locked visit another token; False where it is answered already.

    A statement after the one that locked: it sees the answer for which the lock waited.
    """
    replaced = await connection.fetchval(
        """
        update visits set token_hash = $3
        where tenant_id = $1 and id = $2
          and not exists (select from answers where tenant_id = $1 and visit_id = $2)
        returning true
        """,
        tenant,
        visit_id,
        token_hash,
    )
    return replaced is True


async def release_claims_of_keys(connection: Connection, *, before: datetime, limit: int) -> int:
    """Forget the oldest idempotency keys of visits created before; how many."""
    status: str = await connection.execute(
        """
        update visits v set claim = null, digest = null
        from (select tenant_id, id from visits
              where claim is not null and created_at < $1
              order by created_at limit $2 for no key update skip locked) due
        where v.tenant_id = due.tenant_id and v.id = due.id
        """,
        before,
        limit,
    )
    return int(status.rpartition(" ")[2])

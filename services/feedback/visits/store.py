"""SQL of visits."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.feedback.visits.rules import Times
from shared.db import Connection


@dataclass(frozen=True, slots=True)
class NewVisit:
    """A visit to insert; ``token_hash`` is of the token that its creator gets to see once."""

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


async def insert(connection: Connection, visit: NewVisit) -> None:
    """Insert one visit. Unit, service and officer are known to the replica."""
    await connection.execute(
        """
        insert into visits (tenant_id, id, ticket, unit_id, service_id, officer_id, taken_at,
            called_at, serving_at, finished_at, left_at, token_hash, token_expires_at, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
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
    )

"""The visits table."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.feedback.schema import Base


class Visit(Base, table=True):  # type: ignore[call-arg, misc]
    """One ticket of one service, with the hash of the token by which it can be answered once.

    ``claim`` is that of the ``Idempotency-Key``, while it is kept. Its index is partial also so
    that forgetting keys waits for no answer: PostgreSQL takes a column of a whole unique index for
    part of a key, and locks it against the foreign key of the answers.
    """

    __tablename__ = "visits"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["units.tenant_id", "units.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "service_id"], ["services.tenant_id", "services.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "officer_id"], ["people.tenant_id", "people.id"]),
        sa.UniqueConstraint("tenant_id", "token_hash"),
        sa.CheckConstraint("octet_length(token_hash) = 32", name="token_hash"),
        sa.CheckConstraint("length(ticket) between 1 and 40", name="ticket"),
        sa.CheckConstraint("(claim is null) = (digest is null)", name="claim"),
        sa.Index(
            "ix_visits_tenant_id_claim",
            "tenant_id",
            "claim",
            unique=True,
            postgresql_where=sa.text("claim is not null"),
        ),
        sa.Index(
            "ix_visits_created_at_keyed",
            "created_at",
            postgresql_where=sa.text("claim is not null"),
        ),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    ticket: str = Field(sa_type=sa.Text)
    unit_id: UUID
    service_id: UUID
    officer_id: UUID | None = None
    taken_at: datetime | None = None
    called_at: datetime | None = None
    serving_at: datetime | None = None
    finished_at: datetime | None = None
    left_at: datetime | None = None
    token_hash: bytes
    token_expires_at: datetime
    created_at: datetime
    claim: bytes | None = None
    digest: bytes | None = None

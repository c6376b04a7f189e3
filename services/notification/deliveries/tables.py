"""The tables of deliveries and their attempts: no address and no text stands in them."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.notification.schema import Base


class Delivery(Base, table=True):  # type: ignore[call-arg, misc]
    """A message to hand over; ``ended_at`` is null while it waits, or is being handed over.

    ``lane`` is what may hang and hold up others: the tenant, or the single web-hook. A worker that
    holds ``claim`` has it to itself until ``claimed_until``.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        sa.UniqueConstraint("tenant_id", "notice_id", "recipient_id", "channel"),
        sa.CheckConstraint("recipient_kind in ('person', 'webhook')", name="recipient_kind"),
        sa.CheckConstraint("channel in ('email', 'webhook', 'gateway')", name="channel"),
        sa.CheckConstraint("attempts >= 0", name="attempts"),
        sa.CheckConstraint("outcome in ('delivered', 'failed', 'skipped')", name="outcome"),
        sa.CheckConstraint("(outcome is null) = (ended_at is null)", name="ended"),
        sa.CheckConstraint("(claim is null) = (claimed_until is null)", name="claim"),
        sa.Index(
            "ix_deliveries_waiting",
            "channel",
            "lane",
            "due_at",
            postgresql_where=sa.text("ended_at is null"),
        ),
        sa.Index(None, "ended_at", postgresql_where=sa.text("ended_at is not null")),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    notice_id: UUID
    occasion: str = Field(sa_type=sa.Text)
    recipient_kind: str = Field(sa_type=sa.Text)
    recipient_id: UUID
    channel: str = Field(sa_type=sa.Text)
    lane: UUID
    first_due_at: datetime
    due_at: datetime
    attempts: int = Field(sa_column_kwargs={"server_default": sa.text("0")})
    claim: UUID | None = None
    claimed_until: datetime | None = None
    outcome: str | None = Field(default=None, sa_type=sa.Text)
    reason: str | None = Field(default=None, sa_type=sa.Text)
    ended_at: datetime | None = None
    traceparent: str | None = Field(default=None, sa_type=sa.Text)


class DeliveryAttempt(Base, table=True):  # type: ignore[call-arg, misc]
    """``result`` is null while the attempt runs; ``unknown`` where its process did not survive."""

    __tablename__ = "delivery_attempts"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "delivery_id"],
            ["deliveries.tenant_id", "deliveries.id"],
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("number >= 1", name="number"),
        sa.CheckConstraint("milliseconds >= 0", name="milliseconds"),
    )

    tenant_id: UUID = Field(primary_key=True)
    delivery_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True)
    began_at: datetime
    milliseconds: int | None = None
    result: str | None = Field(default=None, sa_type=sa.Text)

"""What happened that somebody should hear of."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from services.notification.schema import Base


class Occasion(Base, table=True):  # type: ignore[call-arg, misc]
    """Known by its kind and ``source``, so that an event that comes again changes nothing.

    It waits while its unit, or anybody who answers for it, is unknown: ``look_at`` is when that is
    looked at next. ``happened_at`` is of the event; the day it is in the tenant's zone decides who
    is told.
    """

    __tablename__ = "occasions"
    __table_args__ = (
        sa.CheckConstraint("state in ('waiting', 'told', 'given_up')", name="state"),
        sa.Index("ix_occasions_waiting", "look_at", postgresql_where=sa.text("state = 'waiting'")),
        sa.Index(
            "ix_occasions_waiting_tenant",
            "tenant_id",
            postgresql_where=sa.text("state = 'waiting'"),
        ),
        sa.Index(None, "created_at"),
    )

    tenant_id: UUID = Field(primary_key=True)
    occasion: str = Field(primary_key=True, sa_type=sa.Text)
    source: str = Field(primary_key=True, sa_type=sa.Text)
    unit_id: UUID
    happened_at: datetime
    parameters: dict[str, Any] = Field(sa_type=postgresql.JSONB)
    state: str = Field(sa_type=sa.Text)
    look_at: datetime
    traceparent: str | None = Field(default=None, sa_type=sa.Text)
    created_at: datetime = Field(sa_column_kwargs={"server_default": sa.text("clock_timestamp()")})

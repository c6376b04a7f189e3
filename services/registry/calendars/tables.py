"""The table of working calendars."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from services.registry.schema import Base


class Calendar(Base, table=True):  # type: ignore[call-arg, misc]
    """`unit_id` is null for the calendar of the whole tenant.

    `week` holds seven lists of pairs `["07:30", "12:00"]`, Monday's first; `days` holds objects
    `{day, spans, name | null}`.
    """

    __tablename__ = "calendars"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"]),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["units.tenant_id", "units.id"]),
        sa.UniqueConstraint(
            "tenant_id", "unit_id", "valid_from", postgresql_nulls_not_distinct=True
        ),
        sa.CheckConstraint("jsonb_array_length(week) = 7", name="week"),
        sa.CheckConstraint("jsonb_array_length(days) <= 400", name="days"),
        sa.CheckConstraint("version >= 1", name="version"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    unit_id: UUID | None = None
    valid_from: date
    week: list[Any] = Field(sa_type=postgresql.JSONB)
    days: list[Any] = Field(sa_type=postgresql.JSONB)
    version: int

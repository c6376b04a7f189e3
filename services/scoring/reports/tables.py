"""Published reports, which never change, and the plans that officers write for the next one."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from services.scoring.schema import Base


class SatisfactionReport(Base, table=True):  # type: ignore[call-arg, misc]
    """A published revision: the whole document as it was. A trigger refuses every change.

    ``service_id`` is the nil UUID for all services together. What was counted until
    ``published_at`` is in it, what was counted later is not. ``described`` says whether it tells
    who answered.
    """

    __tablename__ = "satisfaction_reports"
    __table_args__ = (
        sa.UniqueConstraint(
            "tenant_id",
            "unit_id",
            "service_id",
            "period",
            "revision",
            name="uq_satisfaction_reports_revision",
        ),
        sa.CheckConstraint("revision >= 1", name="revision"),
        sa.CheckConstraint("period_starts < period_ends", name="period"),
        sa.Index(None, "tenant_id", "unit_id", "period_starts"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    unit_id: UUID
    service_id: UUID
    period: str = Field(sa_type=sa.Text)
    period_starts: date
    period_ends: date
    revision: int
    published_at: datetime = Field(
        sa_column_kwargs={"server_default": sa.text("clock_timestamp()")}
    )
    published_by: str = Field(sa_type=sa.Text)
    card_version: int
    described: bool
    document: dict[str, Any] = Field(sa_type=postgresql.JSON)


class SatisfactionPlan(Base, table=True):  # type: ignore[call-arg, misc]
    """What the next revision will say besides the figures: the population, the follow-up
    (``entries``) and what became of the plan published before (``outcomes``)."""

    __tablename__ = "satisfaction_plans"
    __table_args__ = (
        sa.CheckConstraint("version >= 1", name="version"),
        sa.CheckConstraint("population >= 1", name="population"),
    )

    tenant_id: UUID = Field(primary_key=True)
    unit_id: UUID = Field(primary_key=True)
    service_id: UUID = Field(primary_key=True)
    period: str = Field(primary_key=True, sa_type=sa.Text)
    version: int
    population: int | None = None
    entries: list[Any] = Field(sa_type=postgresql.JSONB)
    outcomes: list[Any] = Field(sa_type=postgresql.JSONB)
    changed_by: str = Field(sa_type=sa.Text)
    changed_at: datetime = Field(sa_column_kwargs={"server_default": sa.text("now()")})

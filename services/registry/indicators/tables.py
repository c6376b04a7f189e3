"""The table of indicators."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from services.registry.schema import Base

_SOURCES = (
    "'visit_duration', 'share_on_time', 'count', 'complaint_first_response', 'resolution_share', "
    "'unit_satisfaction', 'report', 'attendance', 'innovation', 'measurement'"
)
_UNITS = (
    "'count', 'percent', 'index', 'minutes', 'working_minutes', 'hours', 'working_days', 'days', "
    "'weeks', 'months', 'rupiah'"
)


class Indicator(Base, table=True):  # type: ignore[call-arg, misc]
    """`bands` holds objects `{lower | null, upper | null, points}`, numbers as strings.

    Quantities keep the digits they were given; contracts' `Quantity` bounds them.
    """

    __tablename__ = "indicators"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"]),
        sa.ForeignKeyConstraint(["tenant_id", "service_id"], ["services.tenant_id", "services.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["units.tenant_id", "units.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "person_id"], ["people.tenant_id", "people.id"]),
        sa.CheckConstraint(f"source in ({_SOURCES})", name="source"),
        sa.CheckConstraint(f"measure_unit in ({_UNITS})", name="measure_unit"),
        sa.CheckConstraint("better in ('higher', 'lower')", name="better"),
        sa.CheckConstraint("aspect in ('quantity', 'quality', 'time', 'cost')", name="aspect"),
        sa.CheckConstraint(
            "post_kind in ('structural', 'functional', 'executor')", name="post_kind"
        ),
        sa.CheckConstraint("0 <= target_low and target_low <= target_high", name="target"),
        sa.CheckConstraint("weight > 0", name="weight"),
        sa.CheckConstraint("jsonb_typeof(bands) = 'array'", name="bands"),
        sa.CheckConstraint("valid_until > valid_from", name="dates"),
        sa.CheckConstraint("num_nonnulls(post_kind, person_id) <= 1", name="aimed_once"),
        sa.CheckConstraint("version >= 1", name="version"),
        sa.Index(None, "tenant_id", "unit_id"),
        sa.Index(None, "tenant_id", "person_id"),
        sa.Index(None, "tenant_id", "service_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=sa.Text)
    source: str = Field(sa_type=sa.Text)
    measure_unit: str = Field(sa_type=sa.Text)
    better: str = Field(sa_type=sa.Text)
    target_low: Decimal = Field(sa_type=sa.Numeric)
    target_high: Decimal = Field(sa_type=sa.Numeric)
    bands: list[Any] = Field(sa_type=postgresql.JSONB)
    aspect: str = Field(sa_type=sa.Text)
    theme: str | None = Field(default=None, sa_type=sa.Text)
    weight: Decimal = Field(sa_type=sa.Numeric)
    service_id: UUID | None = None
    unit_id: UUID | None = None
    post_kind: str | None = Field(default=None, sa_type=sa.Text)
    person_id: UUID | None = None
    valid_from: date
    valid_until: date | None = None
    version: int

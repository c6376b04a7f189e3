"""The table of satisfaction policies."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from services.registry.schema import Base


class SatisfactionPolicy(Base, table=True):  # type: ignore[call-arg, misc]
    """`unit_id` is null for the policy of the whole tenant.

    `switched_off` holds objects `{element, service_id | null}`; a service is not deleted while one
    of them names it.
    """

    __tablename__ = "satisfaction_policies"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"]),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["units.tenant_id", "units.id"]),
        sa.UniqueConstraint(
            "tenant_id", "unit_id", "valid_from", postgresql_nulls_not_distinct=True
        ),
        sa.CheckConstraint("weight_decimals in (2, 3)", name="weight_decimals"),
        sa.CheckConstraint("minimum_sample between 1 and 100000", name="minimum_sample"),
        sa.CheckConstraint("shrinkage between 0 and 100000", name="shrinkage"),
        sa.CheckConstraint("jsonb_typeof(switched_off) = 'array'", name="switched_off"),
        sa.CheckConstraint("version >= 1", name="version"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    unit_id: UUID | None = None
    valid_from: date
    weight_decimals: int | None = Field(default=None, sa_type=sa.SmallInteger)
    switched_off: list[Any] = Field(sa_type=postgresql.JSONB)
    minimum_sample: int
    shrinkage: int
    version: int

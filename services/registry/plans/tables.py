"""The tables of plans."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from services.registry.schema import Base


class Plan(Base, table=True):  # type: ignore[call-arg, misc]
    """One per person and period; what it says stands in its revisions."""

    __tablename__ = "plans"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "person_id"], ["people.tenant_id", "people.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "period_id"], ["periods.tenant_id", "periods.id"]),
        sa.UniqueConstraint("tenant_id", "person_id", "period_id"),
        sa.CheckConstraint("version >= 1", name="version"),
        sa.Index(None, "tenant_id", "period_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    person_id: UUID
    period_id: UUID
    version: int


class PlanRevision(Base, table=True):  # type: ignore[call-arg, misc]
    """`document` is that of `plans.rules`; at most one revision of a plan is not agreed."""

    __tablename__ = "plan_revisions"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "plan_id"], ["plans.tenant_id", "plans.id"], ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id", "leader_id"], ["people.tenant_id", "people.id"]),
        sa.CheckConstraint("revision >= 1", name="revision"),
        sa.CheckConstraint("state in ('draft', 'discussed', 'agreed')", name="state"),
        sa.CheckConstraint(
            "num_nonnulls(agreed_by_employee_at, agreed_by_leader_at)"
            " between case state when 'agreed' then 2 else 0 end"
            " and case state when 'draft' then 0 when 'discussed' then 1 else 2 end",
            name="agreements",
        ),
        sa.CheckConstraint("jsonb_typeof(document) = 'object'", name="document"),
        sa.Index(
            "ix_plan_revisions_one_open",
            "tenant_id",
            "plan_id",
            unique=True,
            postgresql_where=sa.text("state <> 'agreed'"),
        ),
        sa.Index(None, "tenant_id", "leader_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    plan_id: UUID = Field(primary_key=True)
    revision: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    valid_from: date
    leader_id: UUID
    state: str = Field(sa_type=sa.Text)
    agreed_by_employee_at: datetime | None = None
    agreed_by_leader_at: datetime | None = None
    document: dict[str, Any] = Field(sa_type=postgresql.JSONB)


class PlanPart(Base, table=True):  # type: ignore[call-arg, misc]
    """To which plan the id of a result or an indicator belongs, for ever: others refer to it."""

    __tablename__ = "plan_parts"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "plan_id"], ["plans.tenant_id", "plans.id"], ondelete="CASCADE"
        ),
        sa.Index(None, "tenant_id", "plan_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    plan_id: UUID

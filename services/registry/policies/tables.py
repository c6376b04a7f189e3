"""The table of policies."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from services.registry.schema import Base


class Policy(Base, table=True):  # type: ignore[call-arg, misc]
    """`unit_id` is null for a policy of the whole tenant; `document` gives only what is said."""

    __tablename__ = "policies"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"]),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["units.tenant_id", "units.id"]),
        sa.UniqueConstraint(
            "tenant_id", "unit_id", "kind", "valid_from", postgresql_nulls_not_distinct=True
        ),
        sa.CheckConstraint(
            "kind in ('rating', 'behaviour', 'numeric', 'complaints', 'evaluation', 'follow_up')",
            name="kind",
        ),
        sa.CheckConstraint("document ->> 'policy_kind' = kind", name="document"),
        sa.CheckConstraint("version >= 1", name="version"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    unit_id: UUID | None = None
    kind: str = Field(sa_type=sa.Text)
    valid_from: date
    document: dict[str, Any] = Field(sa_type=postgresql.JSONB)
    version: int

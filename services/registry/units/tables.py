"""The table of units."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.registry.schema import Base


class Unit(Base, table=True):  # type: ignore[call-arg, misc]
    """Longer cycles than a unit under itself are refused under the lock of the tenant's tree."""

    __tablename__ = "units"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"]),
        sa.ForeignKeyConstraint(["tenant_id", "parent_id"], ["units.tenant_id", "units.id"]),
        sa.UniqueConstraint("tenant_id", "code"),
        sa.CheckConstraint("parent_id <> id", name="parent"),
        sa.CheckConstraint("version >= 1", name="version"),
        sa.Index(None, "tenant_id", "parent_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    parent_id: UUID | None = None
    code: str | None = Field(default=None, sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
    kind: str = Field(sa_type=sa.Text)
    version: int

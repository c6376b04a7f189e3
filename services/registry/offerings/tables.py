"""The table of services."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.registry.schema import Base


class Offering(Base, table=True):  # type: ignore[call-arg, misc]
    """The same service offered by several units is one row."""

    __tablename__ = "services"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"]),
        sa.UniqueConstraint("tenant_id", "name"),
        sa.CheckConstraint("standard_minutes >= 1", name="standard_minutes"),
        sa.CheckConstraint("version >= 1", name="version"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=sa.Text)
    standard_minutes: int | None = None
    version: int

"""The table of goals."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.registry.schema import Base


class Goal(Base, table=True):  # type: ignore[call-arg, misc]
    """Half-open: `ends_on` is the first day no more."""

    __tablename__ = "goals"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"]),
        sa.CheckConstraint("ends_on > starts_on", name="dates"),
        sa.CheckConstraint("version >= 1", name="version"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=sa.Text)
    starts_on: date
    ends_on: date
    version: int

"""The tables of services and of the units that offer them."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from services.registry.schema import Base


class Offering(Base, table=True):  # type: ignore[call-arg, misc]
    """The same service offered by several units is one row."""

    __tablename__ = "services"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"]),
        sa.UniqueConstraint("tenant_id", "name"),
        sa.CheckConstraint("standard_minutes >= 1", name="standard_minutes"),
        sa.CheckConstraint("standard_working_days >= 1", name="standard_working_days"),
        sa.CheckConstraint(
            "num_nonnulls(standard_minutes, standard_working_days) <= 1", name="one_standard"
        ),
        sa.CheckConstraint("cost_rupiah >= 0", name="cost_rupiah"),
        sa.CheckConstraint("version >= 1", name="version"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=sa.Text)
    standard_minutes: int | None = None
    version: int
    standard_working_days: int | None = None
    description: str | None = Field(default=None, sa_type=sa.Text)
    requirements: list[str] = Field(
        sa_column=sa.Column(postgresql.ARRAY(sa.Text), nullable=False, server_default="{}")
    )
    cost_rupiah: int | None = Field(default=None, sa_type=sa.BigInteger)


class ServiceUnit(Base, table=True):  # type: ignore[call-arg, misc]
    """A unit offers a service. Written with the service, and with its version."""

    __tablename__ = "service_units"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "service_id"], ["services.tenant_id", "services.id"], ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["units.tenant_id", "units.id"]),
        sa.Index(None, "tenant_id", "unit_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    service_id: UUID = Field(primary_key=True)
    unit_id: UUID = Field(primary_key=True)

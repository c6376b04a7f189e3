"""The tables of units, of their dated states and of what else they are called."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.registry.schema import Base


class Unit(Base, table=True):  # type: ignore[call-arg, misc]
    """Name, kind and parent are those of the state that began on `state_from`.

    Longer cycles than a unit under itself are refused under the lock of the tenant's tree.
    """

    __tablename__ = "units"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"]),
        sa.ForeignKeyConstraint(["tenant_id", "parent_id"], ["units.tenant_id", "units.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "merged_into_id"], ["units.tenant_id", "units.id"]),
        sa.UniqueConstraint("tenant_id", "code"),
        sa.CheckConstraint("parent_id <> id", name="parent"),
        sa.CheckConstraint("version >= 1", name="version"),
        sa.CheckConstraint(
            "merged_into_id is null or (merged_into_id <> id and ended_on is not null)",
            name="merged",
        ),
        sa.CheckConstraint("ended_on > state_from", name="ended_on"),
        sa.Index(None, "tenant_id", "parent_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    parent_id: UUID | None = None
    code: str | None = Field(default=None, sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
    kind: str = Field(sa_type=sa.Text)
    version: int
    region_kemendagri: str | None = Field(default=None, sa_type=sa.Text)
    region_bps: str | None = Field(default=None, sa_type=sa.Text)
    state_from: date = Field(sa_column_kwargs={"server_default": sa.text("'-infinity'::date")})
    ended_on: date | None = None
    merged_into_id: UUID | None = None


class UnitState(Base, table=True):  # type: ignore[call-arg, misc]
    """What a unit is from a day on. Rows are never updated: a state that changes is another row,
    so that the history of a unit tells each of them once."""

    __tablename__ = "unit_states"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"], ["units.tenant_id", "units.id"], ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id", "parent_id"], ["units.tenant_id", "units.id"]),
        sa.CheckConstraint("parent_id <> unit_id", name="parent"),
        sa.Index(None, "tenant_id", "parent_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    unit_id: UUID = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    parent_id: UUID | None = None
    name: str = Field(sa_type=sa.Text)
    kind: str = Field(sa_type=sa.Text)


class UnitAlias(Base, table=True):  # type: ignore[call-arg, misc]
    """`folded` is the alias in lower case: by it one word names one unit of a tenant."""

    __tablename__ = "unit_aliases"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"], ["units.tenant_id", "units.id"], ondelete="CASCADE"
        ),
        sa.CheckConstraint("folded = lower(alias)", name="folded"),
        sa.Index(None, "tenant_id", "unit_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    folded: str = Field(sa_type=sa.Text, primary_key=True)
    unit_id: UUID
    alias: str = Field(sa_type=sa.Text)

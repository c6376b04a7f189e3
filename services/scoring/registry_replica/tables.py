"""The replica's tables. A deleted entity stays: what was counted under it is still its own."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from services.scoring.schema import Base


class Tenant(Base, table=True):  # type: ignore[call-arg, misc]
    """The zone decides the day, and so the month, of every answer."""

    __tablename__ = "tenants"
    __table_args__ = (
        # A zone that PostgreSQL cannot use would stop every count of the tenant: refuse it here.
        sa.CheckConstraint(
            "(timestamptz '2026-01-01 00:00:00+00' at time zone zone) is not null", name="zone"
        ),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int
    deleted: bool
    zone: str = Field(sa_type=sa.Text)


class Unit(Base, table=True):  # type: ignore[call-arg, misc]
    """A node of the tree along which policies are inherited."""

    __tablename__ = "units"
    __table_args__ = (sa.Index(None, "tenant_id", "parent_id"),)

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int
    deleted: bool
    parent_id: UUID | None = None


class Service(Base, table=True):  # type: ignore[call-arg, misc]
    """That a service exists."""

    __tablename__ = "services"

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int
    deleted: bool


class Person(Base, table=True):  # type: ignore[call-arg, misc]
    """That a person exists."""

    __tablename__ = "people"

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int
    deleted: bool


class Assignment(Base, table=True):  # type: ignore[call-arg, misc]
    """Who worked where from ``valid_from`` (included) to ``valid_until`` (excluded)."""

    __tablename__ = "assignments"
    __table_args__ = (sa.Index(None, "tenant_id", "person_id"),)

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int
    deleted: bool
    person_id: UUID
    unit_id: UUID
    definitive: bool
    valid_from: date
    valid_until: date | None = None


class SatisfactionPolicy(Base, table=True):  # type: ignore[call-arg, misc]
    """``switched_off`` is a list of ``{"element": ..., "service_id": ... or absent}``."""

    __tablename__ = "satisfaction_policies"

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int
    deleted: bool
    unit_id: UUID | None = None
    valid_from: date
    weight_decimals: int | None = Field(default=None, sa_type=sa.SmallInteger)
    switched_off: list[Any] = Field(sa_type=postgresql.JSONB)
    minimum_sample: int
    shrinkage: int

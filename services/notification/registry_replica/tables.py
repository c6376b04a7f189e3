"""The replica's tables. A deleted entity stays: a late change of it must not bring it back."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.notification.schema import Base


class Tenant(Base, table=True):  # type: ignore[call-arg, misc]
    """Its zone decides what day it is."""

    __tablename__ = "tenants"
    __table_args__ = (
        # A zone that PostgreSQL cannot use would stop every notice of the tenant: refuse it here.
        sa.CheckConstraint(
            "(timestamptz '2026-01-01 00:00:00+00' at time zone zone) is not null", name="zone"
        ),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int
    deleted: bool
    name: str = Field(sa_type=sa.Text)
    zone: str = Field(sa_type=sa.Text)


class Unit(Base, table=True):  # type: ignore[call-arg, misc]
    """A node of the reporting line."""

    __tablename__ = "units"
    __table_args__ = (sa.Index(None, "tenant_id", "parent_id"),)

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int
    deleted: bool
    parent_id: UUID | None = None
    name: str = Field(sa_type=sa.Text)


class Service(Base, table=True):  # type: ignore[call-arg, misc]
    """The name of a service."""

    __tablename__ = "services"

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int
    deleted: bool
    name: str = Field(sa_type=sa.Text)


class Person(Base, table=True):  # type: ignore[call-arg, misc]
    """That a person exists, or no longer does. Names and addresses stay in the registry."""

    __tablename__ = "people"

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int
    deleted: bool


class Assignment(Base, table=True):  # type: ignore[call-arg, misc]
    """Who answers for what in a unit from ``valid_from`` (included) to ``valid_until`` (excluded);
    those without a duty are kept for their version only."""

    __tablename__ = "assignments"
    __table_args__ = (
        sa.Index(
            "ix_assignments_duties",
            "tenant_id",
            "unit_id",
            postgresql_where=sa.text("head or survey_officer"),
        ),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int
    deleted: bool
    person_id: UUID
    unit_id: UUID
    head: bool
    survey_officer: bool
    valid_from: date
    valid_until: date | None = None

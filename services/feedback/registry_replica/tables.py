"""The replica's tables. Deleted entities stay: what happened while they lived refers to them."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from services.feedback.schema import Base


class Tenant(Base, table=True):  # type: ignore[call-arg, misc]
    """Short name, name and time zone of an employer.

    Names are null only between the migration that added them and the next reading of the topic.
    """

    __tablename__ = "tenants"
    __table_args__ = (sa.Index(None, "slug"),)

    tenant_id: UUID = Field(primary_key=True)
    slug: str = Field(sa_type=sa.Text)
    name: str | None = Field(default=None, sa_type=sa.Text)
    zone: str = Field(sa_type=sa.Text)
    version: int
    deleted: bool


class Unit(Base, table=True):  # type: ignore[call-arg, misc]
    """That a unit exists, the name that citizens are shown, and the unit above it."""

    __tablename__ = "units"

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    name: str | None = Field(default=None, sa_type=sa.Text)
    parent_id: UUID | None = None
    version: int
    deleted: bool


class Service(Base, table=True):  # type: ignore[call-arg, misc]
    """That a service exists, and the name that citizens are shown."""

    __tablename__ = "services"

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    name: str | None = Field(default=None, sa_type=sa.Text)
    version: int
    deleted: bool


class SatisfactionPolicy(Base, table=True):  # type: ignore[call-arg, misc]
    """Which elements are not asked, from a day on: `biaya`, or `biaya/<service>` for one service.

    For a unit and those below it; without a unit for the whole tenant.
    """

    __tablename__ = "satisfaction_policies"

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    unit_id: UUID | None = None
    valid_from: date
    switched_off: list[str] = Field(sa_type=postgresql.ARRAY(sa.Text))
    version: int
    deleted: bool


class Person(Base, table=True):  # type: ignore[call-arg, misc]
    """That a person exists."""

    __tablename__ = "people"

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int
    deleted: bool

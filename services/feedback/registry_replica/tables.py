"""The replica's tables. Deleted entities stay: what happened while they lived refers to them."""

from uuid import UUID

import sqlalchemy as sa
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
    """That a unit exists, and the name that citizens are shown."""

    __tablename__ = "units"

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    name: str | None = Field(default=None, sa_type=sa.Text)
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


class Person(Base, table=True):  # type: ignore[call-arg, misc]
    """That a person exists."""

    __tablename__ = "people"

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int
    deleted: bool

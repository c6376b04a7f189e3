"""The replica's tables. Deleted entities stay: what happened while they lived refers to them."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.feedback.schema import Base


class Tenant(Base, table=True):  # type: ignore[call-arg, misc]
    """Slug and time zone of an employer."""

    __tablename__ = "tenants"

    tenant_id: UUID = Field(primary_key=True)
    slug: str = Field(sa_type=sa.Text)
    zone: str = Field(sa_type=sa.Text)
    version: int
    deleted: bool


class Unit(Base, table=True):  # type: ignore[call-arg, misc]
    """That a unit exists."""

    __tablename__ = "units"

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int
    deleted: bool


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

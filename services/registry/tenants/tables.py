"""The table of tenants."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.registry.schema import Base


class Tenant(Base, table=True):  # type: ignore[call-arg, misc]
    """Employers. The slug is unique over all of them, and no table refers to it."""

    __tablename__ = "tenants"
    __table_args__ = (
        sa.Index("ix_tenants_slug", "slug", unique=True),
        sa.CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{1,62}$'", name="slug"),
        sa.CheckConstraint("version >= 1", name="version"),
    )

    tenant_id: UUID = Field(primary_key=True)
    slug: str = Field(sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
    zone: str = Field(sa_type=sa.Text)
    version: int
    region_kemendagri: str | None = Field(default=None, sa_type=sa.Text)
    region_bps: str | None = Field(default=None, sa_type=sa.Text)

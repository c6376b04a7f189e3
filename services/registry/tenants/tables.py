"""The table of tenants."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.registry.schema import Base


class Tenant(Base, table=True):  # type: ignore[call-arg, misc]
    """Row-level security goes by `id` here: a tenant sees its own row."""

    __tablename__ = "tenants"
    __table_args__ = (
        sa.UniqueConstraint("slug"),
        sa.CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{1,62}$'", name="slug"),
        sa.CheckConstraint("version >= 1", name="version"),
    )

    id: UUID = Field(primary_key=True)
    slug: str = Field(sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
    zone: str = Field(sa_type=sa.Text)
    version: int

"""The table of posts."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.registry.schema import Base


class Post(Base, table=True):  # type: ignore[call-arg, misc]
    """The constraint over the unit is there for assignments: nobody holds a post of another
    unit than the one they work in."""

    __tablename__ = "posts"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["units.tenant_id", "units.id"]),
        sa.UniqueConstraint("tenant_id", "unit_id", "title"),
        sa.UniqueConstraint("tenant_id", "id", "unit_id"),
        sa.CheckConstraint(
            "post_kind in ('structural', 'functional', 'executor')", name="post_kind"
        ),
        sa.CheckConstraint("version >= 1", name="version"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    unit_id: UUID
    title: str = Field(sa_type=sa.Text)
    post_kind: str = Field(sa_type=sa.Text)
    version: int

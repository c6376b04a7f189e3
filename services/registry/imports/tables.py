"""Kept files and saved mappings."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from services.registry.schema import Base


class ImportFile(Base, table=True):  # type: ignore[call-arg, misc]
    """Kept for a day, so that its bad rows can be given back. It holds personal data: no history
    of it is recorded."""

    __tablename__ = "import_files"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"]),
        sa.Index(None, "created_at"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=sa.Text)
    file_name: str = Field(sa_type=sa.Text)
    content: bytes = Field(sa_type=sa.LargeBinary)
    sheet: str | None = Field(default=None, sa_type=sa.Text)
    mapping: dict[str, Any] | None = Field(default=None, sa_type=postgresql.JSONB)
    actor: str = Field(sa_type=sa.Text)
    created_at: datetime


class ImportMapping(Base, table=True):  # type: ignore[call-arg, misc]
    """What a tenant's own titles mean: `columns` maps a title to a field, or to null."""

    __tablename__ = "import_mappings"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"]),
        sa.UniqueConstraint("tenant_id", "kind", "name"),
        sa.CheckConstraint("version >= 1", name="version"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
    columns: dict[str, Any] = Field(sa_type=postgresql.JSONB)
    version: int

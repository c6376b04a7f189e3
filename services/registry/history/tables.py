"""The table of changes."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from services.registry.schema import Base


class Change(Base, table=True):  # type: ignore[call-arg, misc]
    """Written by triggers alone; `before` is absent for the first state, `after` for a deletion.

    No foreign key: what was deleted keeps its history.
    """

    __tablename__ = "history"
    __table_args__ = (sa.CheckConstraint("num_nonnulls(before, after) > 0", name="states"),)

    tenant_id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=sa.Text, primary_key=True)
    entity_id: UUID = Field(primary_key=True)
    id: int = Field(sa_column=sa.Column(sa.BigInteger, sa.Identity(always=True), primary_key=True))
    changed_at: datetime
    actor: str | None = Field(default=None, sa_type=sa.Text)
    actor_person_id: UUID | None = None
    before: dict[str, Any] | None = Field(default=None, sa_type=postgresql.JSONB)
    after: dict[str, Any] | None = Field(default=None, sa_type=postgresql.JSONB)

"""The tables of web-hooks and of what they are told."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from services.notification.schema import Base


class Webhook(Base, table=True):  # type: ignore[call-arg, misc]
    """Secrets are sealed; the previous one signs too until ``previous_until``.

    No ``occasions`` means all of them.
    """

    __tablename__ = "webhooks"
    __table_args__ = (
        sa.CheckConstraint(
            "(previous_secret is null) = (previous_until is null)", name="previous_secret"
        ),
        sa.CheckConstraint("version >= 1", name="version"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    url: str = Field(sa_type=sa.Text)
    occasions: list[str] = Field(sa_type=postgresql.ARRAY(sa.Text))
    enabled: bool
    secret: bytes
    previous_secret: bytes | None = None
    previous_until: datetime | None = None
    version: int


class Announcement(Base, table=True):  # type: ignore[call-arg, misc]
    """What the web-hooks of a tenant are told of one occasion: ids and numbers. The deliveries to
    them name it as their notice."""

    __tablename__ = "announcements"
    __table_args__ = (sa.Index(None, "announced_at"),)

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    occasion: str = Field(sa_type=sa.Text)
    data: dict[str, Any] = Field(sa_type=postgresql.JSONB)
    announced_at: datetime

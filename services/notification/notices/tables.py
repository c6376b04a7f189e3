"""Inboxes and what is in them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from services.notification.schema import Base


class Inbox(Base, table=True):  # type: ignore[call-arg, misc]
    """The row that whoever adds to a person's inbox locks: positions rise in commit order, so a
    reader who has seen one has seen all before it."""

    __tablename__ = "inboxes"

    tenant_id: UUID = Field(primary_key=True)
    person_id: UUID = Field(primary_key=True)
    position: int = Field(sa_type=sa.BigInteger)


class Notice(Base, table=True):  # type: ignore[call-arg, misc]
    """One person is told of one occasion: ids and numbers, no words.

    ``source`` tells two occasions of a kind apart. ``in_inbox`` is false where the person wants it
    by other channels only. ``digest_at`` is when its messages go out in one piece with others'; it
    is null where they went at once, or have gone.
    """

    __tablename__ = "notices"
    __table_args__ = (
        sa.UniqueConstraint("tenant_id", "occasion", "source", "person_id"),
        sa.Index(None, "tenant_id", "person_id", "position", unique=True),
        sa.Index(
            "ix_notices_unread",
            "tenant_id",
            "person_id",
            "position",
            postgresql_where=sa.text("read_at is null and in_inbox"),
        ),
        sa.Index(
            "ix_notices_digest_at",
            "digest_at",
            postgresql_where=sa.text("digest_at is not null"),
        ),
        sa.Index(None, "created_at"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    person_id: UUID
    position: int = Field(sa_type=sa.BigInteger)
    occasion: str = Field(sa_type=sa.Text)
    source: str = Field(sa_type=sa.Text)
    unit_id: UUID
    parameters: dict[str, Any] = Field(sa_type=postgresql.JSONB)
    in_inbox: bool
    created_at: datetime = Field(sa_column_kwargs={"server_default": sa.text("clock_timestamp()")})
    read_at: datetime | None = None
    digest_at: datetime | None = None

"""The counters table."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.feedback.schema import Base


class Counter(Base, table=True):  # type: ignore[call-arg, misc]
    """A place with a printed code; answers given there count for its unit and service."""

    __tablename__ = "counters"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["units.tenant_id", "units.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "service_id"], ["services.tenant_id", "services.id"]),
        sa.UniqueConstraint("tenant_id", "code"),
        sa.CheckConstraint("code ~ '^[0-9A-HJKMNP-TV-Z]{6}$'", name="code"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    code: str = Field(sa_type=sa.Text)
    unit_id: UUID
    service_id: UUID
    created_at: datetime
    switched_off_at: datetime | None = None

"""What people said about how they want to be told; who said nothing has no row."""

from datetime import datetime, time
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from services.notification.schema import Base


class Preference(Base, table=True):  # type: ignore[call-arg, misc]
    """``channels`` maps an occasion to the channels it takes; one that is not there takes the
    default ones. A null zone is the tenant's, no quiet hours are null and null."""

    __tablename__ = "preferences"
    __table_args__ = (
        sa.CheckConstraint("language in ('id', 'en')", name="language"),
        sa.CheckConstraint(
            "zone is null or (timestamptz '2026-01-01 00:00:00+00' at time zone zone) is not null",
            name="zone",
        ),
        sa.CheckConstraint("(quiet_from is null) = (quiet_until is null)", name="quiet"),
        sa.CheckConstraint("critical_answers in ('at_once', 'daily')", name="critical_answers"),
    )

    tenant_id: UUID = Field(primary_key=True)
    person_id: UUID = Field(primary_key=True)
    language: str | None = Field(default=None, sa_type=sa.Text)
    zone: str | None = Field(default=None, sa_type=sa.Text)
    quiet_from: time | None = Field(default=None, sa_type=sa.Time)
    quiet_until: time | None = Field(default=None, sa_type=sa.Time)
    channels: dict[str, list[str]] = Field(sa_type=postgresql.JSONB)
    critical_answers: str = Field(sa_type=sa.Text)
    changed_at: datetime = Field(sa_column_kwargs={"server_default": sa.text("clock_timestamp()")})

"""The table of enrolments."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.registry.schema import Base


class Enrolment(Base, table=True):  # type: ignore[call-arg, misc]
    """Goes with the person, not with the programme: a programme that had people in it stays."""

    __tablename__ = "enrolments"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "programme_id"], ["programmes.tenant_id", "programmes.id"]
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"], ["people.tenant_id", "people.id"], ondelete="cascade"
        ),
        sa.UniqueConstraint("tenant_id", "programme_id", "person_id"),
        sa.CheckConstraint("mark between 0 and 100", name="mark"),
        sa.CheckConstraint("mark is null or completed_on is not null", name="completion"),
        sa.CheckConstraint("version >= 1", name="version"),
        sa.Index(None, "tenant_id", "person_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    programme_id: UUID
    person_id: UUID
    enrolled_at: datetime = Field(sa_type=sa.DateTime(timezone=True))
    completed_on: date | None = None
    mark: Decimal | None = Field(default=None, sa_type=sa.Numeric(5, 2))
    version: int

"""What scoring last said of each unit."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.notification.schema import Base


class UnitScore(Base, table=True):  # type: ignore[call-arg, misc]
    """The newest version of a unit's month, over all services. ``month`` is its first day."""

    __tablename__ = "unit_scores"

    tenant_id: UUID = Field(primary_key=True)
    month: date = Field(primary_key=True)
    unit_id: UUID = Field(primary_key=True)
    version: int
    answers: int
    index: Decimal | None = Field(default=None, sa_type=sa.Numeric(5, 2))
    grade: str | None = Field(default=None, sa_type=sa.Text)

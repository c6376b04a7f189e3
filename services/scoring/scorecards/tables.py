"""The cards: one per subject, service (or all) and period."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from services.scoring.schema import Base


class Card(Base, table=True):  # type: ignore[call-arg, misc]
    """The newest version of an index with all that explains it.

    ``service_id`` is the nil UUID for all services together. ``version`` 0 is a row that was made
    to be locked and has nothing to say yet. ``counts`` maps each element to how often it was given
    1, 2, 3 and 4. ``policy`` is the whole policy that held, so that the arithmetic can be repeated
    later; ``policy_id`` is null for the default. ``previous_answers`` and its like are what the
    version before said; null on the first.
    """

    __tablename__ = "cards"
    __table_args__ = (
        sa.CheckConstraint("subject_kind in ('unit', 'person')", name="subject_kind"),
        sa.CheckConstraint("grade in ('A', 'B', 'C', 'D')", name="grade"),
        sa.CheckConstraint("answers >= incomplete and incomplete >= 0", name="answers"),
        sa.CheckConstraint(
            "(index is null) = (grade is null) and (index is null) = (index_numerator is null)"
            " and (index is null) = (index_denominator is null)",
            name="index",
        ),
        sa.Index(None, "tenant_id", "period", "unit_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    subject_kind: str = Field(primary_key=True, sa_type=sa.Text)
    subject_id: UUID = Field(primary_key=True)
    unit_id: UUID = Field(primary_key=True)
    service_id: UUID = Field(primary_key=True)
    period: str = Field(primary_key=True, sa_type=sa.Text)
    period_starts: date
    version: int
    answers: int
    incomplete: int
    index_numerator: Decimal | None = Field(default=None, sa_type=sa.Numeric)
    index_denominator: Decimal | None = Field(default=None, sa_type=sa.Numeric)
    index: Decimal | None = Field(default=None, sa_type=sa.Numeric(5, 2))
    grade: str | None = Field(default=None, sa_type=sa.Text)
    counts: dict[str, Any] = Field(sa_type=postgresql.JSONB)
    policy_id: UUID | None = None
    policy_version: int | None = None
    policy: dict[str, Any] = Field(sa_type=postgresql.JSONB)
    rule: str = Field(sa_type=sa.Text)
    rule_version: int
    computed_at: datetime
    previous_answers: int | None = None
    previous_index: Decimal | None = Field(default=None, sa_type=sa.Numeric(5, 2))
    previous_grade: str | None = Field(default=None, sa_type=sa.Text)
    changed_by: str = Field(sa_type=sa.Text)
    changed_at: datetime

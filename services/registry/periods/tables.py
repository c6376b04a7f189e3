"""The table of evaluation periods."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.registry.schema import Base


class Period(Base, table=True):  # type: ignore[call-arg, misc]
    """Each is exactly one month, quarter or year: equal first days are the only overlap there
    can be within a kind."""

    __tablename__ = "periods"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"]),
        sa.UniqueConstraint("tenant_id", "kind", "starts_on"),
        sa.CheckConstraint("kind in ('monthly', 'quarterly', 'yearly')", name="kind"),
        sa.CheckConstraint(
            """
            extract(day from starts_on) = 1 and case kind
                when 'monthly' then ends_on = starts_on + interval '1 month'
                when 'quarterly' then ends_on = starts_on + interval '3 months'
                    and extract(month from starts_on) in (1, 4, 7, 10)
                else ends_on = starts_on + interval '1 year' and extract(month from starts_on) = 1
            end
            """,
            name="span",
        ),
        sa.CheckConstraint("state in ('planned', 'running', 'evaluating', 'closed')", name="state"),
        sa.CheckConstraint("version >= 1", name="version"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=sa.Text)
    starts_on: date
    ends_on: date
    closes_at: datetime = Field(sa_type=sa.DateTime(timezone=True))
    state: str = Field(sa_type=sa.Text)
    reopened_because: str | None = Field(default=None, sa_type=sa.Text)
    version: int

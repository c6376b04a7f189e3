"""The table of contact points: personal data, for the person, its keepers and the deliverer."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.registry.schema import Base


class ContactPoints(Base, table=True):  # type: ignore[call-arg, misc]
    """One row for each person who has any; it goes with the person."""

    __tablename__ = "contact_points"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"], ["people.tenant_id", "people.id"], ondelete="CASCADE"
        ),
        sa.CheckConstraint("email ~ '^[^@ ]+@[^@ ]+$'", name="email"),
        sa.CheckConstraint("phone ~ '^\\+[1-9][0-9]{7,14}$'", name="phone"),
        sa.CheckConstraint("language in ('id', 'en')", name="language"),
        sa.CheckConstraint("version >= 1", name="version"),
    )

    tenant_id: UUID = Field(primary_key=True)
    person_id: UUID = Field(primary_key=True)
    email: str | None = Field(default=None, sa_type=sa.Text)
    phone: str | None = Field(default=None, sa_type=sa.Text)
    language: str = Field(sa_type=sa.Text)
    version: int

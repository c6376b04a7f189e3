"""The table of logins; whoever calls is looked up in it by `services.registry.access`."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.registry.schema import Base


class Login(Base, table=True):  # type: ignore[call-arg, misc]
    """One per person, and one person per login."""

    __tablename__ = "logins"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"], ["people.tenant_id", "people.id"], ondelete="CASCADE"
        ),
        sa.UniqueConstraint("tenant_id", "subject"),
        sa.CheckConstraint("version >= 1", name="version"),
    )

    tenant_id: UUID = Field(primary_key=True)
    person_id: UUID = Field(primary_key=True)
    subject: str = Field(sa_type=sa.Text)
    version: int

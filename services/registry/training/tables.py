"""The tables of training programmes."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.registry.schema import Base


class Programme(Base, table=True):  # type: ignore[call-arg, misc]
    """How many are enrolled is counted under the lock of this row."""

    __tablename__ = "programmes"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"]),
        sa.UniqueConstraint("tenant_id", "name", "starts_on"),
        sa.CheckConstraint("ends_on > starts_on", name="dates"),
        sa.CheckConstraint("places >= 1", name="places"),
        sa.CheckConstraint("version >= 1", name="version"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=sa.Text)
    provider: str = Field(sa_type=sa.Text)
    starts_on: date
    ends_on: date
    places: int | None = None
    version: int


class ProgrammeCompetence(Base, table=True):  # type: ignore[call-arg, misc]
    """What a programme trains."""

    __tablename__ = "programme_competences"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "programme_id"],
            ["programmes.tenant_id", "programmes.id"],
            ondelete="cascade",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "competence_id"], ["competences.tenant_id", "competences.id"]
        ),
        sa.Index(None, "tenant_id", "competence_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    programme_id: UUID = Field(primary_key=True)
    competence_id: UUID = Field(primary_key=True)

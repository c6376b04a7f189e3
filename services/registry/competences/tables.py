"""The tables of competences."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from services.registry.schema import Base


class Competence(Base, table=True):  # type: ignore[call-arg, misc]
    """Kinds: PermenPANRB 38/2017, and those of government itself (UU 23/2014)."""

    __tablename__ = "competences"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"]),
        sa.UniqueConstraint("tenant_id", "code"),
        sa.CheckConstraint(
            "kind in ('technical', 'managerial', 'sociocultural', 'governmental')", name="kind"
        ),
        sa.CheckConstraint(
            "values_shown <@ array['berorientasi_pelayanan', 'akuntabel', 'kompeten', 'harmonis', "
            "'loyal', 'adaptif', 'kolaboratif']",
            name="values",
        ),
        sa.CheckConstraint(
            "elements_shown <@ array['persyaratan', 'prosedur', 'waktu', 'biaya', 'produk', "
            "'kompetensi', 'perilaku', 'pengaduan', 'sarana']",
            name="elements",
        ),
        sa.CheckConstraint("version >= 1", name="version"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    code: str = Field(sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
    kind: str = Field(sa_type=sa.Text)
    description: str | None = Field(default=None, sa_type=sa.Text)
    values_shown: list[str] = Field(sa_type=postgresql.ARRAY(sa.Text))
    elements_shown: list[str] = Field(sa_type=postgresql.ARRAY(sa.Text))
    version: int


class CompetenceIndicator(Base, table=True):  # type: ignore[call-arg, misc]
    """A weak result of the indicator is a need for the competence; a deleted one says nothing."""

    __tablename__ = "competence_indicators"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "competence_id"],
            ["competences.tenant_id", "competences.id"],
            ondelete="cascade",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "indicator_id"],
            ["indicators.tenant_id", "indicators.id"],
            ondelete="cascade",
        ),
        sa.Index(None, "tenant_id", "indicator_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    competence_id: UUID = Field(primary_key=True)
    indicator_id: UUID = Field(primary_key=True)

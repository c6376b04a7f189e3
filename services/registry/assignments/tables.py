"""The table of assignments."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from services.registry.schema import Base


class Assignment(Base, table=True):  # type: ignore[call-arg, misc]
    """Half-open: `valid_from` is the first day, `valid_until` the first day no more."""

    __tablename__ = "assignments"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "person_id"], ["people.tenant_id", "people.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["units.tenant_id", "units.id"]),
        sa.ForeignKeyConstraint(
            ["tenant_id", "post_id", "unit_id"], ["posts.tenant_id", "posts.id", "posts.unit_id"]
        ),
        sa.CheckConstraint("kind in ('definitive', 'acting', 'double')", name="kind"),
        sa.CheckConstraint(
            "acting_as is null or kind = 'acting' and acting_as in ('plt', 'plh')",
            name="acting_as",
        ),
        sa.CheckConstraint("valid_until > valid_from", name="dates"),
        sa.CheckConstraint(
            "duties <@ array['head', 'survey_officer', 'complaint_officer', 'personnel_officer']",
            name="duties",
        ),
        sa.CheckConstraint("version >= 1", name="version"),
        postgresql.ExcludeConstraint(
            (sa.text("uuidrange(tenant_id, tenant_id, '[]')"), "="),
            (sa.text("uuidrange(person_id, person_id, '[]')"), "="),
            (sa.text("daterange(valid_from, valid_until)"), "&&"),
            name="ex_assignments_one_definitive",
            using="gist",
            where=sa.text("kind = 'definitive'"),
        ),
        sa.Index(None, "tenant_id", "person_id"),
        sa.Index(None, "tenant_id", "unit_id"),
        sa.Index(None, "tenant_id", "post_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    person_id: UUID
    unit_id: UUID
    kind: str = Field(sa_type=sa.Text)
    valid_from: date
    valid_until: date | None = None
    duties: list[str] = Field(
        sa_type=postgresql.ARRAY(sa.Text),
        sa_column_kwargs={"server_default": sa.text("'{}'")},
    )
    version: int
    post_id: UUID | None = None
    acting_as: str | None = Field(default=None, sa_type=sa.Text)

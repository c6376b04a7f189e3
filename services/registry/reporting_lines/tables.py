"""The table of reporting lines."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from services.registry.schema import Base


class ReportingLine(Base, table=True):  # type: ignore[call-arg, misc]
    """Half-open: `valid_from` is the first day, `valid_until` the first day no more. Circles
    longer than a person above themselves are refused under the lock of the tenant's lines."""

    __tablename__ = "reporting_lines"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "person_id"], ["people.tenant_id", "people.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "assessor_id"], ["people.tenant_id", "people.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "reviewer_id"], ["people.tenant_id", "people.id"]),
        sa.CheckConstraint("valid_until > valid_from", name="dates"),
        sa.CheckConstraint("assessor_id <> person_id", name="assessor"),
        sa.CheckConstraint(
            "reviewer_id <> person_id and reviewer_id <> assessor_id", name="reviewer"
        ),
        sa.CheckConstraint("version >= 1", name="version"),
        postgresql.ExcludeConstraint(
            (sa.text("uuidrange(tenant_id, tenant_id, '[]')"), "="),
            (sa.text("uuidrange(person_id, person_id, '[]')"), "="),
            (sa.text("daterange(valid_from, valid_until)"), "&&"),
            name="ex_reporting_lines_one_assessor",
            using="gist",
        ),
        sa.Index(None, "tenant_id", "person_id"),
        sa.Index(None, "tenant_id", "assessor_id"),
        sa.Index(None, "tenant_id", "reviewer_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    person_id: UUID
    assessor_id: UUID
    reviewer_id: UUID | None = None
    valid_from: date
    valid_until: date | None = None
    version: int

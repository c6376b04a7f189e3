"""The table of leaves: personal data, for personnel officers and the person only."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from services.registry.schema import Base


class Leave(Base, table=True):  # type: ignore[call-arg, misc]
    """Half-open: `valid_from` is the first day away, `valid_until` the first day back."""

    __tablename__ = "leaves"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "person_id"], ["people.tenant_id", "people.id"]),
        sa.CheckConstraint(
            "kind in ('annual', 'sick', 'maternity', 'important', 'big', 'study', 'unpaid', "
            "'pre_retirement', 'suspended')",
            name="kind",
        ),
        sa.CheckConstraint("valid_until > valid_from", name="dates"),
        sa.CheckConstraint("version >= 1", name="version"),
        postgresql.ExcludeConstraint(
            (sa.text("uuidrange(tenant_id, tenant_id, '[]')"), "="),
            (sa.text("uuidrange(person_id, person_id, '[]')"), "="),
            (sa.text("daterange(valid_from, valid_until)"), "&&"),
            name="ex_leaves_one_at_a_time",
            using="gist",
        ),
        sa.Index(None, "tenant_id", "person_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    person_id: UUID
    kind: str = Field(sa_type=sa.Text)
    valid_from: date
    valid_until: date | None = None
    version: int

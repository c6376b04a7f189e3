"""The table of people: personal data, for personnel officers and the person only."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.registry.schema import Base


class Person(Base, table=True):  # type: ignore[call-arg, misc]
    """`number` is the NIP or PPPK number, `external_id` the tenant's own mark for the others."""

    __tablename__ = "people"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"]),
        sa.UniqueConstraint("tenant_id", "number"),
        sa.UniqueConstraint("tenant_id", "external_id"),
        sa.CheckConstraint(
            "kind in ('civil_servant', 'pppk', 'non_asn', 'other_institution', 'state_official')",
            name="kind",
        ),
        sa.CheckConstraint(
            "kind not in ('civil_servant', 'pppk') or number is not null", name="number_required"
        ),
        sa.CheckConstraint("number ~ '^[0-9]{18}$'", name="number"),
        sa.CheckConstraint("version >= 1", name="version"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
    number: str | None = Field(default=None, sa_type=sa.Text)
    external_id: str | None = Field(default=None, sa_type=sa.Text)
    version: int

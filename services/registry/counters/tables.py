"""The tables of counters and of their rosters."""

from datetime import date, time
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from services.registry.schema import Base


class Counter(Base, table=True):  # type: ignore[call-arg, misc]
    """A desk of a unit."""

    __tablename__ = "counters"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["units.tenant_id", "units.id"]),
        sa.UniqueConstraint("tenant_id", "unit_id", "name"),
        sa.CheckConstraint("version >= 1", name="version"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    unit_id: UUID
    name: str = Field(sa_type=sa.Text)
    version: int


class CounterService(Base, table=True):  # type: ignore[call-arg, misc]
    """What is served at a counter. Written with the counter, and with its version."""

    __tablename__ = "counter_services"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "counter_id"], ["counters.tenant_id", "counters.id"], ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id", "service_id"], ["services.tenant_id", "services.id"]),
        sa.Index(None, "tenant_id", "service_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    counter_id: UUID = Field(primary_key=True)
    service_id: UUID = Field(primary_key=True)


class Roster(Base, table=True):  # type: ignore[call-arg, misc]
    """Who serves at a counter on one day."""

    __tablename__ = "rosters"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "counter_id"], ["counters.tenant_id", "counters.id"]),
        sa.UniqueConstraint("tenant_id", "counter_id", "day"),
        sa.UniqueConstraint("tenant_id", "id", "day"),
        sa.CheckConstraint("version >= 1", name="version"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    counter_id: UUID
    day: date
    version: int


class Shift(Base, table=True):  # type: ignore[call-arg, misc]
    """Written with the roster, and with its version. Nobody is at two places at once."""

    __tablename__ = "shifts"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "roster_id", "day"],
            ["rosters.tenant_id", "rosters.id", "rosters.day"],
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id", "person_id"], ["people.tenant_id", "people.id"]),
        sa.CheckConstraint("ends > starts", name="times"),
        postgresql.ExcludeConstraint(
            (sa.text("uuidrange(tenant_id, tenant_id, '[]')"), "="),
            (sa.text("uuidrange(person_id, person_id, '[]')"), "="),
            (sa.text("tsrange(day + starts, day + ends)"), "&&"),
            name="ex_shifts_one_place",
            using="gist",
        ),
    )

    tenant_id: UUID = Field(primary_key=True)
    roster_id: UUID = Field(primary_key=True)
    person_id: UUID = Field(primary_key=True)
    starts: time = Field(primary_key=True)
    ends: time
    day: date

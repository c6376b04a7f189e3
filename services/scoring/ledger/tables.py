"""The ledger: facts with their attribution, what they superseded, and what they add up to."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.scoring.ledger.rules import COUNTS, ELEMENTS
from services.scoring.schema import Base
from shared.contracts import EARLIEST_SERVICE, SERVICE_BEFORE


class _Revision(Base):  # type: ignore[misc]
    """One revision of a fact and the attribution it was, or is, counted under.

    ``month`` is null while the tenant, unit or service is unknown: the fact waits.
    ``person_unit_id`` is null where the answer is evidence for nobody.
    """

    tenant_id: UUID = Field(primary_key=True)
    fact_id: UUID = Field(primary_key=True)
    revision: int
    counted: bool
    state: str = Field(sa_type=sa.Text)
    unit_id: UUID
    service_id: UUID
    officer_id: UUID | None = None
    occurred_at: datetime
    received_at: datetime
    persyaratan: int | None = Field(default=None, sa_type=sa.SmallInteger)
    prosedur: int | None = Field(default=None, sa_type=sa.SmallInteger)
    waktu: int | None = Field(default=None, sa_type=sa.SmallInteger)
    biaya: int | None = Field(default=None, sa_type=sa.SmallInteger)
    produk: int | None = Field(default=None, sa_type=sa.SmallInteger)
    kompetensi: int | None = Field(default=None, sa_type=sa.SmallInteger)
    perilaku: int | None = Field(default=None, sa_type=sa.SmallInteger)
    pengaduan: int | None = Field(default=None, sa_type=sa.SmallInteger)
    sarana: int | None = Field(default=None, sa_type=sa.SmallInteger)
    month: date | None = None
    person_unit_id: UUID | None = None


class Fact(_Revision, table=True):  # type: ignore[call-arg]
    """The newest revision known of each fact."""

    __tablename__ = "facts"
    __table_args__ = (
        sa.CheckConstraint("state in ('accepted', 'parked', 'withdrawn')", name="state"),
        sa.CheckConstraint("revision >= 1", name="revision"),
        *(sa.CheckConstraint(f"{e} between 1 and 4", name=e) for e in ELEMENTS),
        sa.CheckConstraint(f"coalesce({', '.join(ELEMENTS)}) is not null", name="answered"),
        sa.CheckConstraint(
            f"occurred_at >= '{EARLIEST_SERVICE}'::timestamptz"
            f" and occurred_at < '{SERVICE_BEFORE}'::timestamptz",
            name="occurred_at",
        ),
        # Evidence of a unit by day; a unit's waiting facts.
        sa.Index(None, "tenant_id", "unit_id", "month"),
        # Recounts of an officer.
        sa.Index(
            None,
            "tenant_id",
            "officer_id",
            "fact_id",
            postgresql_where=sa.text("officer_id is not null"),
        ),
        sa.Index(
            "ix_facts_waiting", "tenant_id", "service_id", postgresql_where=sa.text("month is null")
        ),
    )

    counted_at: datetime = Field(sa_column_kwargs={"server_default": sa.text("clock_timestamp()")})


class FactHistory(_Revision, table=True):  # type: ignore[call-arg]
    """Revisions that were superseded, as they stood."""

    __tablename__ = "fact_history"

    revision: int = Field(primary_key=True)
    superseded_at: datetime = Field(
        sa_column_kwargs={"server_default": sa.text("clock_timestamp()")}
    )


tallies = sa.Table(
    "tallies",
    Base.metadata,
    sa.Column("tenant_id", sa.Uuid, primary_key=True),
    sa.Column("subject_kind", sa.Text, primary_key=True),
    sa.Column("subject_id", sa.Uuid, primary_key=True),
    sa.Column("unit_id", sa.Uuid, primary_key=True),
    sa.Column("month", sa.Date, primary_key=True),
    sa.Column("service_id", sa.Uuid, primary_key=True),
    sa.Column("answered", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("answers", sa.Integer, nullable=False),
    *(sa.Column(count, sa.Integer, nullable=False) for count in COUNTS),
    sa.CheckConstraint("subject_kind in ('unit', 'person')", name="subject_kind"),
    sa.CheckConstraint("answered between 1 and 511", name="answered"),
    # No CHECK of counts >= 0: PostgreSQL would test the delta that an upsert proposes, which may be
    # negative. The stored sums never are: a revision is taken out after it was put in.
)
"""Sums of counted facts per subject, unit, month, service and *set of elements answered*.

``answered`` has a bit per element, the lowest for ``persyaratan``. It makes "incomplete" exact when
a policy switches an element off for a service: an answer is incomplete if it lacks an element that
was asked. For a person ``unit_id`` is that of the assignment.
"""


class StaleMark(Base, table=True):  # type: ignore[call-arg, misc]
    """A tally moved, or its policy did: the cards over it must be computed again. Append-only.

    ``received_at`` is when feedback got the first of the answers that moved it, where answers did;
    ``traceparent`` is of one of them that is traced.
    """

    __tablename__ = "stale_marks"
    __table_args__ = (
        sa.CheckConstraint("subject_kind in ('unit', 'person')", name="subject_kind"),
        sa.CheckConstraint(
            "cause in ('counted', 'excluded', 'corrected', 'recounted', 'policy')", name="cause"
        ),
        sa.Index(None, "tenant_id", "subject_kind", "subject_id", "month"),
    )

    id: int = Field(sa_column=sa.Column(sa.BigInteger, sa.Identity(always=True), primary_key=True))
    tenant_id: UUID
    subject_kind: str = Field(sa_type=sa.Text)
    subject_id: UUID
    unit_id: UUID
    service_id: UUID
    month: date
    cause: str = Field(sa_type=sa.Text)
    received_at: datetime | None = None
    traceparent: str | None = Field(default=None, sa_type=sa.Text)
    created_at: datetime = Field(sa_column_kwargs={"server_default": sa.text("clock_timestamp()")})


class Setback(Base, table=True):  # type: ignore[call-arg, misc]
    """A subject whose cards could not be computed: its marks stay until ``retry_at``."""

    __tablename__ = "setbacks"
    __table_args__ = (
        sa.CheckConstraint("subject_kind in ('unit', 'person')", name="subject_kind"),
    )

    tenant_id: UUID = Field(primary_key=True)
    subject_kind: str = Field(primary_key=True, sa_type=sa.Text)
    subject_id: UUID = Field(primary_key=True)
    unit_id: UUID = Field(primary_key=True)
    attempts: int
    error: str = Field(sa_type=sa.Text)
    failed_at: datetime = Field(sa_column_kwargs={"server_default": sa.text("clock_timestamp()")})
    retry_at: datetime


class Recount(Base, table=True):  # type: ignore[call-arg, misc]
    """Facts whose attribution may have moved, or a part of the tree whose policy did.

    ``subject_id`` is a tenant, unit, service or officer by ``kind``; for ``policy`` the unit whose
    subtree, or the tenant all of whose cards, are concerned; for ``fact`` one that failed in
    another recount. ``after_id`` is how far it got. What failed ``attempts`` times in a row rests
    until ``retry_at``.
    """

    __tablename__ = "recounts"
    __table_args__ = (
        sa.CheckConstraint(
            "kind in ('tenant', 'unit', 'service', 'officer', 'policy', 'fact')", name="kind"
        ),
        sa.Index(None, "tenant_id"),
    )

    id: int = Field(sa_column=sa.Column(sa.BigInteger, sa.Identity(always=True), primary_key=True))
    tenant_id: UUID
    kind: str = Field(sa_type=sa.Text)
    subject_id: UUID
    from_day: date
    after_id: UUID | None = None
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": sa.text("0")})
    retry_at: datetime | None = None
    created_at: datetime = Field(sa_column_kwargs={"server_default": sa.text("clock_timestamp()")})

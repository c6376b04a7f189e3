"""Tables of answers. Comment and profile stay here: no event, log line or metric has them."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from services.feedback.schema import Base
from shared.contracts import EARLIEST_SERVICE, SERVICE_BEFORE


class Answer(Base, table=True):  # type: ignore[call-arg, misc]
    """The newest revision of each answer.

    ``scores`` holds the nine elements in the order of ``shared.contracts.ELEMENTS``, null where
    not answered. ``claim`` makes a retry find its first try; ``digest`` tells whether it says the
    same. A visit has one answer, whichever of its tokens brought it. Unit, service and officer are
    those of the visit or counter, whose keys hold them; checked again here they would cost a sixth
    of the insert.

    ``restored`` ones came after the backup of which this database was restored; they were read back
    from the topic, which knows neither visit nor counter, comment nor profile.
    """

    __tablename__ = "answers"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "visit_id"], ["visits.tenant_id", "visits.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "counter_id"], ["counters.tenant_id", "counters.id"]),
        sa.UniqueConstraint("tenant_id", "claim"),
        sa.CheckConstraint("revision >= 1", name="revision"),
        sa.CheckConstraint("state in ('accepted', 'parked', 'withdrawn')", name="state"),
        sa.CheckConstraint(
            "channel in ('ticket', 'walk_in', 'paper') and ("
            "restored or (channel = 'ticket') = (visit_id is not null) "
            "and (channel = 'walk_in') = (counter_id is not null))",
            name="channel",
        ),
        sa.CheckConstraint(
            "cardinality(scores) = 9 and 1 <= all (scores) and 4 >= all (scores) "
            "and array_remove(scores, null) <> '{}'",
            name="scores",
        ),
        sa.CheckConstraint(
            f"occurred_at <= received_at and occurred_at >= '{EARLIEST_SERVICE}'::timestamptz"
            f" and occurred_at < '{SERVICE_BEFORE}'::timestamptz",
            name="occurred_at",
        ),
        sa.CheckConstraint("length(comment) between 1 and 2000", name="comment"),
        sa.CheckConstraint("sentiment in ('praise', 'criticism')", name="sentiment"),
        sa.CheckConstraint("(claim is null) = (digest is null)", name="claim"),
        sa.Index(
            "ix_answers_tenant_id_visit_id",
            "tenant_id",
            "visit_id",
            unique=True,
            postgresql_where=sa.text("visit_id is not null"),
        ),
        sa.Index("ix_answers_tenant_id_unit_id_fact_id", "tenant_id", "unit_id", "fact_id"),
        # The respondents of a unit's months.
        sa.Index(None, "tenant_id", "unit_id", "occurred_at"),
        sa.Index(
            "ix_answers_tenant_id_fact_id_parked",
            "tenant_id",
            "fact_id",
            postgresql_where=sa.text("state = 'parked'"),
        ),
        sa.Index(
            "ix_answers_received_at_keyed",
            "received_at",
            postgresql_where=sa.text("channel = 'walk_in' and claim is not null"),
        ),
    )

    tenant_id: UUID = Field(primary_key=True)
    fact_id: UUID = Field(primary_key=True)
    revision: int
    state: str = Field(sa_type=sa.Text)
    reason_code: str | None = Field(default=None, sa_type=sa.Text)
    channel: str = Field(sa_type=sa.Text)
    unit_id: UUID
    service_id: UUID
    officer_id: UUID | None = None
    visit_id: UUID | None = None
    counter_id: UUID | None = None
    occurred_at: datetime
    received_at: datetime
    scores: list[int | None] = Field(sa_type=postgresql.ARRAY(sa.SmallInteger))
    comment: str | None = Field(default=None, sa_type=sa.Text)
    sentiment: str | None = Field(default=None, sa_type=sa.Text)
    sex: str | None = Field(default=None, sa_type=sa.Text)
    age_band: str | None = Field(default=None, sa_type=sa.Text)
    education: str | None = Field(default=None, sa_type=sa.Text)
    occupation: str | None = Field(default=None, sa_type=sa.Text)
    claim: bytes | None = None
    digest: bytes | None = None
    restored: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})


class AnswerDecision(Base, table=True):  # type: ignore[call-arg, misc]
    """Who parked, restored or withdrew an answer, and why: one row per revision after the first."""

    __tablename__ = "answer_decisions"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "fact_id"], ["answers.tenant_id", "answers.fact_id"], ondelete="cascade"
        ),
    )

    tenant_id: UUID = Field(primary_key=True)
    fact_id: UUID = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    state: str = Field(sa_type=sa.Text)
    reason_code: str | None = Field(default=None, sa_type=sa.Text)
    decided_by: str = Field(sa_type=sa.Text)
    decided_at: datetime

"""The tables that every service has for its events, in its own database."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field

from shared.db.security import isolate_tenants


def messaging_tables(base: Any) -> None:
    """Declare ``outbox`` and ``dead_letters`` in the metadata of a service's base."""

    class Outbox(base, table=True):  # type: ignore[call-arg,misc]
        """Events that were committed with their cause and are not known to be on the topic."""

        __tablename__ = "outbox"
        __table_args__ = (sa.Index("ix_outbox_shard_id", "shard", "id"),)

        id: int = Field(
            sa_column=sa.Column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
        )
        shard: int = Field(sa_type=sa.SmallInteger)
        tenant_id: UUID
        topic: str = Field(sa_type=sa.Text)
        key: str = Field(sa_type=sa.Text)
        event_id: UUID
        event_type: str = Field(sa_type=sa.Text)
        subject: str = Field(sa_type=sa.Text)
        time: datetime
        traceparent: str | None = Field(default=None, sa_type=sa.Text)
        body: bytes
        created_at: datetime = Field(
            sa_column_kwargs={"server_default": sa.text("clock_timestamp()")}
        )

    class DeadLetter(base, table=True):  # type: ignore[call-arg,misc]
        """Records that this service could not take, untouched, each with its reason."""

        __tablename__ = "dead_letters"
        __table_args__ = (
            sa.UniqueConstraint("consumer_group", "topic", "partition", "record_offset"),
            sa.CheckConstraint("status in ('parked', 'replayed')", name="status"),
        )

        id: int = Field(
            sa_column=sa.Column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
        )
        consumer_group: str = Field(sa_type=sa.Text)
        topic: str = Field(sa_type=sa.Text)
        partition: int
        record_offset: int = Field(sa_type=sa.BigInteger)
        key: bytes | None = None
        value: bytes | None = None
        headers: list[Any] = Field(sa_type=postgresql.JSONB)
        reason: str = Field(sa_type=sa.Text)
        detail: str = Field(sa_type=sa.Text)
        status: str = Field(sa_type=sa.Text, sa_column_kwargs={"server_default": "parked"})
        parked_at: datetime = Field(
            sa_column_kwargs={"server_default": sa.text("clock_timestamp()")}
        )
        replayed_at: datetime | None = None


def create_messaging_tables(service: str) -> list[str]:
    """The migration statements for both tables, as of the first version."""
    return [
        """
        create table outbox (
            id bigint generated always as identity constraint pk_outbox primary key,
            shard smallint not null,
            tenant_id uuid not null,
            topic text not null,
            key text not null,
            event_id uuid not null,
            event_type text not null,
            subject text not null,
            time timestamptz not null,
            traceparent text,
            body bytea not null,
            created_at timestamptz not null default clock_timestamp()
        )
        """,
        "create index ix_outbox_shard_id on outbox (shard, id)",
        # Every row is deleted soon after it is written: vacuum by count, not by share.
        """
        alter table outbox set (
            autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
            autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 50000,
            autovacuum_vacuum_cost_delay = 0
        )
        """,
        *isolate_tenants(service, "outbox", api=("insert",), worker=("select", "insert", "delete")),
        """
        create table dead_letters (
            id bigint generated always as identity constraint pk_dead_letters primary key,
            consumer_group text not null,
            topic text not null,
            partition integer not null,
            record_offset bigint not null,
            key bytea,
            value bytea,
            headers jsonb not null,
            reason text not null,
            detail text not null,
            status text not null default 'parked',
            parked_at timestamptz not null default clock_timestamp(),
            replayed_at timestamptz,
            constraint uq_dead_letters_consumer_group_topic_partition_record_offset
                unique (consumer_group, topic, partition, record_offset),
            constraint ck_dead_letters_status check (status in ('parked', 'replayed'))
        )
        """,
        # Records of unknown tenants stand here: operators only, never the api login.
        f"grant select, insert, update, delete on dead_letters to tera_{service}_worker",
    ]

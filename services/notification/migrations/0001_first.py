"""Replicas, preferences, occasions, notices, inboxes, messaging."""

from alembic import op

from shared.db.security import Privilege, isolate_tenants
from shared.messaging.tables import create_messaging_tables

revision = "0001"
down_revision = None

_REPLICA = """
    tenant_id uuid not null,
    id uuid not null,
    version integer not null,
    deleted boolean not null
"""
_ZONE = "(timestamptz '2026-01-01 00:00:00+00' at time zone zone) is not null"

_TABLES = [
    f"""
    create table tenants (
        {_REPLICA},
        name text not null,
        zone text not null,
        constraint pk_tenants primary key (tenant_id, id),
        constraint ck_tenants_zone check ({_ZONE})
    )
    """,
    f"""
    create table units (
        {_REPLICA},
        parent_id uuid,
        name text not null,
        constraint pk_units primary key (tenant_id, id)
    )
    """,
    "create index ix_units_tenant_id_parent_id on units (tenant_id, parent_id)",
    f"""
    create table services (
        {_REPLICA},
        name text not null,
        constraint pk_services primary key (tenant_id, id)
    )
    """,
    f"create table people ({_REPLICA}, constraint pk_people primary key (tenant_id, id))",
    f"""
    create table assignments (
        {_REPLICA},
        person_id uuid not null,
        unit_id uuid not null,
        head boolean not null,
        survey_officer boolean not null,
        valid_from date not null,
        valid_until date,
        constraint pk_assignments primary key (tenant_id, id)
    )
    """,
    """
    create index ix_assignments_duties on assignments (tenant_id, unit_id)
    where head or survey_officer
    """,
    """
    create table unit_scores (
        tenant_id uuid not null,
        month date not null,
        unit_id uuid not null,
        version integer not null,
        answers integer not null,
        index numeric(5, 2),
        grade text,
        constraint pk_unit_scores primary key (tenant_id, month, unit_id)
    )
    """,
    f"""
    create table preferences (
        tenant_id uuid not null,
        person_id uuid not null,
        language text,
        zone text,
        quiet_from time,
        quiet_until time,
        channels jsonb not null,
        critical_answers text not null,
        changed_at timestamptz not null default clock_timestamp(),
        constraint pk_preferences primary key (tenant_id, person_id),
        constraint ck_preferences_language check (language in ('id', 'en')),
        constraint ck_preferences_zone check (zone is null or {_ZONE}),
        constraint ck_preferences_quiet check ((quiet_from is null) = (quiet_until is null)),
        constraint ck_preferences_critical_answers check (
            critical_answers in ('at_once', 'daily')
        )
    )
    """,
    """
    create table occasions (
        tenant_id uuid not null,
        occasion text not null,
        source text not null,
        unit_id uuid not null,
        happened_at timestamptz not null,
        parameters jsonb not null,
        state text not null,
        look_at timestamptz not null,
        created_at timestamptz not null default clock_timestamp(),
        constraint pk_occasions primary key (tenant_id, occasion, source),
        constraint ck_occasions_state check (state in ('waiting', 'told', 'given_up'))
    )
    """,
    "create index ix_occasions_waiting on occasions (look_at) where state = 'waiting'",
    """
    create index ix_occasions_waiting_tenant on occasions (tenant_id) where state = 'waiting'
    """,
    "create index ix_occasions_created_at on occasions (created_at)",
    """
    create table inboxes (
        tenant_id uuid not null,
        person_id uuid not null,
        position bigint not null,
        constraint pk_inboxes primary key (tenant_id, person_id)
    )
    """,
    """
    create table notices (
        tenant_id uuid not null,
        id uuid not null,
        person_id uuid not null,
        position bigint not null,
        occasion text not null,
        source text not null,
        unit_id uuid not null,
        parameters jsonb not null,
        in_inbox boolean not null,
        created_at timestamptz not null default clock_timestamp(),
        read_at timestamptz,
        digest_at timestamptz,
        constraint pk_notices primary key (tenant_id, id),
        constraint uq_notices_tenant_id_occasion_source_person_id
            unique (tenant_id, occasion, source, person_id)
    )
    """,
    """
    create unique index ix_notices_tenant_id_person_id_position
    on notices (tenant_id, person_id, position)
    """,
    """
    create index ix_notices_unread on notices (tenant_id, person_id, position)
    where read_at is null and in_inbox
    """,
    "create index ix_notices_digest_at on notices (digest_at) where digest_at is not null",
    "create index ix_notices_created_at on notices (created_at)",
]

_API: dict[str, tuple[Privilege, ...]] = {
    "tenants": ("select",),
    "units": ("select",),
    "services": ("select",),
    "people": (),
    "assignments": (),
    "unit_scores": (),
    "preferences": ("select", "insert", "update"),
    "occasions": (),
    "inboxes": ("select",),
    "notices": ("select", "update"),
}
"""What the api login may do: read its tenant's messages, mark them as read, keep preferences."""


def upgrade() -> None:
    security = [
        statement
        for table, api in _API.items()
        for statement in isolate_tenants("notification", table, api=api)
    ]
    for statement in [*_TABLES, *security, *create_messaging_tables("notification")]:
        op.execute(statement)

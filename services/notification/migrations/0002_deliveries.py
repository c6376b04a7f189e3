"""The queue of deliveries with its log, web-hooks, gateways."""

from alembic import op

from shared.db.security import Privilege, isolate_tenants

revision = "0002"
down_revision = "0001"

_TABLES = [
    """
    create table deliveries (
        tenant_id uuid not null,
        id uuid not null,
        notice_id uuid not null,
        occasion text not null,
        recipient_kind text not null,
        recipient_id uuid not null,
        channel text not null,
        lane uuid not null,
        first_due_at timestamptz not null,
        due_at timestamptz not null,
        attempts integer not null default 0,
        claim uuid,
        claimed_until timestamptz,
        outcome text,
        reason text,
        ended_at timestamptz,
        constraint pk_deliveries primary key (tenant_id, id),
        constraint uq_deliveries_tenant_id_notice_id_recipient_id_channel
            unique (tenant_id, notice_id, recipient_id, channel),
        constraint ck_deliveries_recipient_kind check (recipient_kind in ('person', 'webhook')),
        constraint ck_deliveries_channel check (channel in ('email', 'webhook', 'gateway')),
        constraint ck_deliveries_attempts check (attempts >= 0),
        constraint ck_deliveries_outcome check (outcome in ('delivered', 'failed', 'skipped')),
        constraint ck_deliveries_ended check ((outcome is null) = (ended_at is null)),
        constraint ck_deliveries_claim check ((claim is null) = (claimed_until is null))
    )
    """,
    """
    create index ix_deliveries_waiting on deliveries (channel, lane, due_at)
    where ended_at is null
    """,
    "create index ix_deliveries_ended_at on deliveries (ended_at) where ended_at is not null",
    """
    create table delivery_attempts (
        tenant_id uuid not null,
        delivery_id uuid not null,
        number integer not null,
        began_at timestamptz not null,
        milliseconds integer,
        result text,
        constraint pk_delivery_attempts primary key (tenant_id, delivery_id, number),
        constraint fk_delivery_attempts_tenant_id_delivery_id_deliveries
            foreign key (tenant_id, delivery_id) references deliveries (tenant_id, id)
            on delete cascade,
        constraint ck_delivery_attempts_number check (number >= 1),
        constraint ck_delivery_attempts_milliseconds check (milliseconds >= 0)
    )
    """,
    """
    create table webhooks (
        tenant_id uuid not null,
        id uuid not null,
        url text not null,
        occasions text[] not null,
        enabled boolean not null,
        secret bytea not null,
        previous_secret bytea,
        previous_until timestamptz,
        version integer not null,
        constraint pk_webhooks primary key (tenant_id, id),
        constraint ck_webhooks_previous_secret
            check ((previous_secret is null) = (previous_until is null)),
        constraint ck_webhooks_version check (version >= 1)
    )
    """,
    """
    create table announcements (
        tenant_id uuid not null,
        id uuid not null,
        occasion text not null,
        data jsonb not null,
        announced_at timestamptz not null,
        constraint pk_announcements primary key (tenant_id, id)
    )
    """,
    "create index ix_announcements_announced_at on announcements (announced_at)",
    """
    create table gateways (
        tenant_id uuid not null,
        url text not null,
        header_names text[] not null,
        headers bytea not null,
        template jsonb not null,
        version integer not null,
        constraint pk_gateways primary key (tenant_id),
        constraint ck_gateways_version check (version >= 1)
    )
    """,
]

_API: dict[str, tuple[Privilege, ...]] = {
    "deliveries": ("select",),
    "delivery_attempts": ("select",),
    "webhooks": ("select", "insert", "update", "delete"),
    "announcements": (),
    "gateways": ("select", "insert", "update", "delete"),
}
_WORKER: dict[str, tuple[Privilege, ...]] = {"webhooks": ("select",), "gateways": ("select",)}


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)
    for table, api in _API.items():
        worker = _WORKER.get(table, ("select", "insert", "update", "delete"))
        for statement in isolate_tenants("notification", table, api=api, worker=worker):
            op.execute(statement)

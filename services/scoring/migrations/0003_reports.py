"""Reports with their plans; what a card said before its last change."""

from alembic import op

from shared.db.security import isolate_tenants

revision = "0003"
down_revision = "0002"

_TABLES = [
    """
    alter table cards add column previous_answers integer,
        add column previous_index numeric(5, 2), add column previous_grade text
    """,
    """
    create table satisfaction_reports (
        tenant_id uuid not null,
        id uuid not null,
        unit_id uuid not null,
        service_id uuid not null,
        period text not null,
        period_starts date not null,
        period_ends date not null,
        revision integer not null,
        published_at timestamptz not null default clock_timestamp(),
        published_by text not null,
        card_version integer not null,
        described boolean not null,
        document json not null,
        constraint pk_satisfaction_reports primary key (tenant_id, id),
        constraint uq_satisfaction_reports_revision
            unique (tenant_id, unit_id, service_id, period, revision),
        constraint ck_satisfaction_reports_revision check (revision >= 1),
        constraint ck_satisfaction_reports_period check (period_starts < period_ends)
    )
    """,
    """
    create index ix_satisfaction_reports_tenant_id_unit_id_period_starts
    on satisfaction_reports (tenant_id, unit_id, period_starts)
    """,
    """
    create function tera_refuse_change() returns trigger language plpgsql as $$
    begin
        raise exception 'a published report does not change: publish the next revision';
    end $$
    """,
    """
    create trigger immutable before update or delete or truncate on satisfaction_reports
    for each statement execute function tera_refuse_change()
    """,
    """
    create table satisfaction_plans (
        tenant_id uuid not null,
        unit_id uuid not null,
        service_id uuid not null,
        period text not null,
        version integer not null,
        population integer,
        entries jsonb not null,
        outcomes jsonb not null,
        changed_by text not null,
        changed_at timestamptz not null default now(),
        constraint pk_satisfaction_plans primary key (tenant_id, unit_id, service_id, period),
        constraint ck_satisfaction_plans_version check (version >= 1),
        constraint ck_satisfaction_plans_population check (population >= 1)
    )
    """,
]


def upgrade() -> None:
    for statement in [
        *_TABLES,
        *isolate_tenants("scoring", "satisfaction_reports", api=("select", "insert"), worker=()),
        *isolate_tenants(
            "scoring", "satisfaction_plans", api=("select", "insert", "update"), worker=()
        ),
    ]:
        op.execute(statement)

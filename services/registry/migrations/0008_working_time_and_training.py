"""Periods, calendars, competences, training."""

from alembic import op

from services.registry.history.recording import record_changes
from shared.db.security import isolate_tenants

revision = "0008"
down_revision = "0007"

_TABLES = [
    """
    create table periods (
        tenant_id uuid not null,
        id uuid not null,
        kind text not null,
        starts_on date not null,
        ends_on date not null,
        closes_at timestamptz not null,
        state text not null,
        reopened_because text,
        version integer not null,
        constraint pk_periods primary key (tenant_id, id),
        constraint fk_periods_tenant_id_tenants
            foreign key (tenant_id) references tenants (tenant_id),
        constraint uq_periods_tenant_id_kind_starts_on unique (tenant_id, kind, starts_on),
        constraint ck_periods_kind check (kind in ('monthly', 'quarterly', 'yearly')),
        constraint ck_periods_span check (
            extract(day from starts_on) = 1 and case kind
                when 'monthly' then ends_on = starts_on + interval '1 month'
                when 'quarterly' then ends_on = starts_on + interval '3 months'
                    and extract(month from starts_on) in (1, 4, 7, 10)
                else ends_on = starts_on + interval '1 year' and extract(month from starts_on) = 1
            end
        ),
        constraint ck_periods_state check (
            state in ('planned', 'running', 'evaluating', 'closed')
        ),
        constraint ck_periods_version check (version >= 1)
    )
    """,
    """
    create table calendars (
        tenant_id uuid not null,
        id uuid not null,
        unit_id uuid,
        valid_from date not null,
        week jsonb not null,
        days jsonb not null,
        version integer not null,
        constraint pk_calendars primary key (tenant_id, id),
        constraint fk_calendars_tenant_id_tenants
            foreign key (tenant_id) references tenants (tenant_id),
        constraint fk_calendars_tenant_id_unit_id_units
            foreign key (tenant_id, unit_id) references units (tenant_id, id),
        constraint uq_calendars_tenant_id_unit_id_valid_from
            unique nulls not distinct (tenant_id, unit_id, valid_from),
        constraint ck_calendars_week check (jsonb_array_length(week) = 7),
        constraint ck_calendars_days check (jsonb_array_length(days) <= 400),
        constraint ck_calendars_version check (version >= 1)
    )
    """,
]
_RECORDED = {"periods": "period", "calendars": "calendar"}


def upgrade() -> None:
    statements = [
        *_TABLES,
        "alter table plans add constraint fk_plans_tenant_id_period_id_periods "
        "foreign key (tenant_id, period_id) references periods (tenant_id, id)",
        *(
            statement
            for table in _RECORDED
            for statement in isolate_tenants(
                "registry", table, api=("select", "insert", "update", "delete"), worker=()
            )
        ),
        *(
            statement
            for table, kind in _RECORDED.items()
            for statement in record_changes(table, kind)
        ),
    ]
    for statement in statements:
        op.execute(statement)

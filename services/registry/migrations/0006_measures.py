"""Indicators, goals, plans."""

from alembic import op

from services.registry.history.recording import record_changes
from shared.db.security import isolate_tenants

revision = "0006"
down_revision = "0005"

_TABLES = [
    """
    create table indicators (
        tenant_id uuid not null,
        id uuid not null,
        name text not null,
        source text not null,
        measure_unit text not null,
        better text not null,
        target_low numeric not null,
        target_high numeric not null,
        bands jsonb not null,
        aspect text not null,
        theme text,
        weight numeric not null,
        service_id uuid,
        unit_id uuid,
        post_kind text,
        person_id uuid,
        valid_from date not null,
        valid_until date,
        version integer not null,
        constraint pk_indicators primary key (tenant_id, id),
        constraint fk_indicators_tenant_id_tenants
            foreign key (tenant_id) references tenants (tenant_id),
        constraint fk_indicators_tenant_id_service_id_services
            foreign key (tenant_id, service_id) references services (tenant_id, id),
        constraint fk_indicators_tenant_id_unit_id_units
            foreign key (tenant_id, unit_id) references units (tenant_id, id),
        constraint fk_indicators_tenant_id_person_id_people
            foreign key (tenant_id, person_id) references people (tenant_id, id),
        constraint ck_indicators_source check (
            source in ('visit_duration', 'share_on_time', 'count', 'complaint_first_response',
                       'resolution_share', 'unit_satisfaction', 'report', 'attendance',
                       'innovation', 'measurement')
        ),
        constraint ck_indicators_measure_unit check (
            measure_unit in ('count', 'percent', 'index', 'minutes', 'working_minutes', 'hours',
                             'working_days', 'days', 'weeks', 'months', 'rupiah')
        ),
        constraint ck_indicators_better check (better in ('higher', 'lower')),
        constraint ck_indicators_aspect check (
            aspect in ('quantity', 'quality', 'time', 'cost')
        ),
        constraint ck_indicators_post_kind check (
            post_kind in ('structural', 'functional', 'executor')
        ),
        constraint ck_indicators_target check (0 <= target_low and target_low <= target_high),
        constraint ck_indicators_weight check (weight > 0),
        constraint ck_indicators_bands check (jsonb_typeof(bands) = 'array'),
        constraint ck_indicators_dates check (valid_until > valid_from),
        constraint ck_indicators_aimed_once check (num_nonnulls(post_kind, person_id) <= 1),
        constraint ck_indicators_version check (version >= 1)
    )
    """,
    "create index ix_indicators_tenant_id_unit_id on indicators (tenant_id, unit_id)",
    "create index ix_indicators_tenant_id_person_id on indicators (tenant_id, person_id)",
    "create index ix_indicators_tenant_id_service_id on indicators (tenant_id, service_id)",
    """
    create table goals (
        tenant_id uuid not null,
        id uuid not null,
        name text not null,
        starts_on date not null,
        ends_on date not null,
        version integer not null,
        constraint pk_goals primary key (tenant_id, id),
        constraint fk_goals_tenant_id_tenants
            foreign key (tenant_id) references tenants (tenant_id),
        constraint ck_goals_dates check (ends_on > starts_on),
        constraint ck_goals_version check (version >= 1)
    )
    """,
    """
    create table plans (
        tenant_id uuid not null,
        id uuid not null,
        person_id uuid not null,
        period_id uuid not null,
        version integer not null,
        constraint pk_plans primary key (tenant_id, id),
        constraint fk_plans_tenant_id_person_id_people
            foreign key (tenant_id, person_id) references people (tenant_id, id),
        constraint uq_plans_tenant_id_person_id_period_id unique (tenant_id, person_id, period_id),
        constraint ck_plans_version check (version >= 1)
    )
    """,
    "create index ix_plans_tenant_id_period_id on plans (tenant_id, period_id)",
    """
    create table plan_revisions (
        tenant_id uuid not null,
        plan_id uuid not null,
        revision integer not null,
        valid_from date not null,
        leader_id uuid not null,
        state text not null,
        agreed_by_employee_at timestamptz,
        agreed_by_leader_at timestamptz,
        document jsonb not null,
        constraint pk_plan_revisions primary key (tenant_id, plan_id, revision),
        constraint fk_plan_revisions_tenant_id_plan_id_plans
            foreign key (tenant_id, plan_id) references plans (tenant_id, id) on delete cascade,
        constraint fk_plan_revisions_tenant_id_leader_id_people
            foreign key (tenant_id, leader_id) references people (tenant_id, id),
        constraint ck_plan_revisions_revision check (revision >= 1),
        constraint ck_plan_revisions_state check (state in ('draft', 'discussed', 'agreed')),
        constraint ck_plan_revisions_agreements check (
            num_nonnulls(agreed_by_employee_at, agreed_by_leader_at)
            between case state when 'agreed' then 2 else 0 end
            and case state when 'draft' then 0 when 'discussed' then 1 else 2 end
        ),
        constraint ck_plan_revisions_document check (jsonb_typeof(document) = 'object')
    )
    """,
    """
    create unique index ix_plan_revisions_one_open on plan_revisions (tenant_id, plan_id)
    where state <> 'agreed'
    """,
    "create index ix_plan_revisions_tenant_id_leader_id on plan_revisions (tenant_id, leader_id)",
    """
    create table plan_parts (
        tenant_id uuid not null,
        id uuid not null,
        plan_id uuid not null,
        constraint pk_plan_parts primary key (tenant_id, id),
        constraint fk_plan_parts_tenant_id_plan_id_plans
            foreign key (tenant_id, plan_id) references plans (tenant_id, id) on delete cascade
    )
    """,
    "create index ix_plan_parts_tenant_id_plan_id on plan_parts (tenant_id, plan_id)",
]
_OPEN = ("indicators", "goals", "plans", "plan_revisions", "plan_parts")


def upgrade() -> None:
    statements = [
        *_TABLES,
        *(
            statement
            for table in _OPEN
            for statement in isolate_tenants(
                "registry", table, api=("select", "insert", "update", "delete"), worker=()
            )
        ),
        *record_changes("indicators", "indicator"),
        *record_changes("goals", "goal"),
        *record_changes("plans", "plan"),
        # All revisions of a plan are one story; each statement changes one of them.
        *record_changes("plan_revisions", "plan_revision", identity="plan_id"),
    ]
    for statement in statements:
        op.execute(statement)

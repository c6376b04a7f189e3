"""Registry replica, ledger, tallies, marks, recounts, cards, messaging."""

from alembic import op

from shared.db.security import isolate_tenants
from shared.messaging.tables import create_messaging_tables

revision = "0001"
down_revision = None

_ELEMENTS = (
    "persyaratan",
    "prosedur",
    "waktu",
    "biaya",
    "produk",
    "kompetensi",
    "perilaku",
    "pengaduan",
    "sarana",
)

_REPLICA = """
    tenant_id uuid not null,
    id uuid not null,
    version integer not null,
    deleted boolean not null
"""

_REVISION = f"""
    tenant_id uuid not null,
    fact_id uuid not null,
    revision integer not null,
    counted boolean not null,
    state text not null,
    unit_id uuid not null,
    service_id uuid not null,
    officer_id uuid,
    occurred_at timestamptz not null,
    received_at timestamptz not null,
    {" ".join(f"{element} smallint," for element in _ELEMENTS)}
    month date,
    person_unit_id uuid
"""

_MARKS = " ".join(
    f"constraint ck_facts_{element} check ({element} between 1 and 4)," for element in _ELEMENTS
)
_COUNTS = " ".join(
    f"{element}_{mark} integer not null," for element in _ELEMENTS for mark in (1, 2, 3, 4)
)

_TABLES = [
    f"""
    create table tenants (
        {_REPLICA},
        zone text not null,
        constraint pk_tenants primary key (tenant_id, id),
        constraint ck_tenants_zone check (
            (timestamptz '2026-01-01 00:00:00+00' at time zone zone) is not null
        )
    )
    """,
    f"""
    create table units (
        {_REPLICA},
        parent_id uuid,
        constraint pk_units primary key (tenant_id, id)
    )
    """,
    "create index ix_units_tenant_id_parent_id on units (tenant_id, parent_id)",
    f"create table services ({_REPLICA}, constraint pk_services primary key (tenant_id, id))",
    f"create table people ({_REPLICA}, constraint pk_people primary key (tenant_id, id))",
    f"""
    create table assignments (
        {_REPLICA},
        person_id uuid not null,
        unit_id uuid not null,
        definitive boolean not null,
        valid_from date not null,
        valid_until date,
        constraint pk_assignments primary key (tenant_id, id)
    )
    """,
    "create index ix_assignments_tenant_id_person_id on assignments (tenant_id, person_id)",
    f"""
    create table satisfaction_policies (
        {_REPLICA},
        unit_id uuid,
        valid_from date not null,
        weight_decimals smallint,
        switched_off jsonb not null,
        minimum_sample integer not null,
        shrinkage integer not null,
        constraint pk_satisfaction_policies primary key (tenant_id, id)
    )
    """,
    f"""
    create table facts (
        {_REVISION},
        counted_at timestamptz not null default clock_timestamp(),
        constraint pk_facts primary key (tenant_id, fact_id),
        constraint ck_facts_state check (state in ('accepted', 'parked', 'withdrawn')),
        constraint ck_facts_revision check (revision >= 1),
        {_MARKS}
        constraint ck_facts_answered check (coalesce({", ".join(_ELEMENTS)}) is not null),
        constraint ck_facts_occurred_at check (
            occurred_at >= '1999-12-31 00:00:00+00'::timestamptz
            and occurred_at < '2200-01-01 00:00:00+00'::timestamptz
        )
    )
    """,
    "create index ix_facts_tenant_id_unit_id_month on facts (tenant_id, unit_id, month)",
    """
    create index ix_facts_tenant_id_officer_id_fact_id on facts (tenant_id, officer_id, fact_id)
    where officer_id is not null
    """,
    "create index ix_facts_waiting on facts (tenant_id, service_id) where month is null",
    f"""
    create table fact_history (
        {_REVISION},
        superseded_at timestamptz not null default clock_timestamp(),
        constraint pk_fact_history primary key (tenant_id, fact_id, revision)
    )
    """,
    f"""
    create table tallies (
        tenant_id uuid not null,
        subject_kind text not null,
        subject_id uuid not null,
        unit_id uuid not null,
        service_id uuid not null,
        month date not null,
        answered smallint not null,
        answers integer not null,
        {_COUNTS}
        constraint pk_tallies primary key (
            tenant_id, subject_kind, subject_id, unit_id, month, service_id, answered
        ),
        constraint ck_tallies_subject_kind check (subject_kind in ('unit', 'person')),
        constraint ck_tallies_answered check (answered between 1 and 511)
    )
    """,
    """
    create table stale_marks (
        id bigint generated always as identity constraint pk_stale_marks primary key,
        tenant_id uuid not null,
        subject_kind text not null,
        subject_id uuid not null,
        unit_id uuid not null,
        service_id uuid not null,
        month date not null,
        cause text not null,
        received_at timestamptz,
        created_at timestamptz not null default clock_timestamp(),
        constraint ck_stale_marks_subject_kind check (subject_kind in ('unit', 'person')),
        constraint ck_stale_marks_cause check (
            cause in ('counted', 'excluded', 'corrected', 'recounted', 'policy')
        )
    )
    """,
    """
    create index ix_stale_marks_tenant_id_subject_kind_subject_id_month
    on stale_marks (tenant_id, subject_kind, subject_id, month)
    """,
    """
    create table setbacks (
        tenant_id uuid not null,
        subject_kind text not null,
        subject_id uuid not null,
        unit_id uuid not null,
        attempts integer not null,
        error text not null,
        failed_at timestamptz not null default clock_timestamp(),
        retry_at timestamptz not null,
        constraint pk_setbacks primary key (tenant_id, subject_kind, subject_id, unit_id),
        constraint ck_setbacks_subject_kind check (subject_kind in ('unit', 'person'))
    )
    """,
    """
    create table recounts (
        id bigint generated always as identity constraint pk_recounts primary key,
        tenant_id uuid not null,
        kind text not null,
        subject_id uuid not null,
        from_day date not null,
        after_id uuid,
        attempts integer not null default 0,
        retry_at timestamptz,
        created_at timestamptz not null default clock_timestamp(),
        constraint ck_recounts_kind check (
            kind in ('tenant', 'unit', 'service', 'officer', 'policy', 'fact')
        )
    )
    """,
    "create index ix_recounts_tenant_id on recounts (tenant_id)",
    """
    create table cards (
        tenant_id uuid not null,
        subject_kind text not null,
        subject_id uuid not null,
        unit_id uuid not null,
        service_id uuid not null,
        period text not null,
        period_starts date not null,
        version integer not null,
        answers integer not null,
        incomplete integer not null,
        index_numerator numeric,
        index_denominator numeric,
        index numeric(5, 2),
        grade text,
        counts jsonb not null,
        policy_id uuid,
        policy_version integer,
        policy jsonb not null,
        rule text not null,
        rule_version integer not null,
        computed_at timestamptz not null,
        changed_by text not null,
        changed_at timestamptz not null,
        constraint pk_cards primary key (
            tenant_id, subject_kind, subject_id, unit_id, service_id, period
        ),
        constraint ck_cards_subject_kind check (subject_kind in ('unit', 'person')),
        constraint ck_cards_grade check (grade in ('A', 'B', 'C', 'D')),
        constraint ck_cards_answers check (answers >= incomplete and incomplete >= 0),
        constraint ck_cards_index check (
            (index is null) = (grade is null) and (index is null) = (index_numerator is null)
            and (index is null) = (index_denominator is null)
        )
    )
    """,
    "create index ix_cards_tenant_id_period_unit_id on cards (tenant_id, period, unit_id)",
]

# Rows of these come and go or are rewritten all the time: vacuum by count, leave room on the page.
_BUSY = [
    f"""
    alter table {table} set (
        autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
        autovacuum_vacuum_cost_delay = 0
    )
    """
    for table in ("stale_marks", "recounts", "tallies", "cards")
] + [f"alter table {table} set (fillfactor = 60)" for table in ("tallies", "cards")]

_ISOLATED = (
    "tenants",
    "units",
    "services",
    "people",
    "assignments",
    "satisfaction_policies",
    "facts",
    "fact_history",
    "tallies",
    "stale_marks",
    "setbacks",
    "recounts",
    "cards",
)


def upgrade() -> None:
    security = [statement for table in _ISOLATED for statement in isolate_tenants("scoring", table)]
    for statement in [*_TABLES, *_BUSY, *security, *create_messaging_tables("scoring")]:
        op.execute(statement)

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
    """
    create table competences (
        tenant_id uuid not null,
        id uuid not null,
        code text not null,
        name text not null,
        kind text not null,
        description text,
        values_shown text[] not null,
        elements_shown text[] not null,
        version integer not null,
        constraint pk_competences primary key (tenant_id, id),
        constraint fk_competences_tenant_id_tenants
            foreign key (tenant_id) references tenants (tenant_id),
        constraint uq_competences_tenant_id_code unique (tenant_id, code),
        constraint ck_competences_kind check (
            kind in ('technical', 'managerial', 'sociocultural', 'governmental')
        ),
        constraint ck_competences_values check (
            values_shown <@ array['berorientasi_pelayanan', 'akuntabel', 'kompeten', 'harmonis',
                                  'loyal', 'adaptif', 'kolaboratif']
        ),
        constraint ck_competences_elements check (
            elements_shown <@ array['persyaratan', 'prosedur', 'waktu', 'biaya', 'produk',
                                    'kompetensi', 'perilaku', 'pengaduan', 'sarana']
        ),
        constraint ck_competences_version check (version >= 1)
    )
    """,
    """
    create table competence_indicators (
        tenant_id uuid not null,
        competence_id uuid not null,
        indicator_id uuid not null,
        constraint pk_competence_indicators primary key (tenant_id, competence_id, indicator_id),
        constraint fk_competence_indicators_tenant_id_competence_id_competences
            foreign key (tenant_id, competence_id) references competences (tenant_id, id)
            on delete cascade,
        constraint fk_competence_indicators_tenant_id_indicator_id_indicators
            foreign key (tenant_id, indicator_id) references indicators (tenant_id, id)
            on delete cascade
    )
    """,
    """
    create index ix_competence_indicators_tenant_id_indicator_id
        on competence_indicators (tenant_id, indicator_id)
    """,
    """
    create table programmes (
        tenant_id uuid not null,
        id uuid not null,
        name text not null,
        provider text not null,
        starts_on date not null,
        ends_on date not null,
        places integer,
        version integer not null,
        constraint pk_programmes primary key (tenant_id, id),
        constraint fk_programmes_tenant_id_tenants
            foreign key (tenant_id) references tenants (tenant_id),
        constraint uq_programmes_tenant_id_name_starts_on unique (tenant_id, name, starts_on),
        constraint ck_programmes_dates check (ends_on > starts_on),
        constraint ck_programmes_places check (places >= 1),
        constraint ck_programmes_version check (version >= 1)
    )
    """,
    """
    create table programme_competences (
        tenant_id uuid not null,
        programme_id uuid not null,
        competence_id uuid not null,
        constraint pk_programme_competences primary key (tenant_id, programme_id, competence_id),
        constraint fk_programme_competences_tenant_id_programme_id_programmes
            foreign key (tenant_id, programme_id) references programmes (tenant_id, id)
            on delete cascade,
        constraint fk_programme_competences_tenant_id_competence_id_competences
            foreign key (tenant_id, competence_id) references competences (tenant_id, id)
    )
    """,
    """
    create index ix_programme_competences_tenant_id_competence_id
        on programme_competences (tenant_id, competence_id)
    """,
    """
    create table enrolments (
        tenant_id uuid not null,
        id uuid not null,
        programme_id uuid not null,
        person_id uuid not null,
        enrolled_at timestamptz not null,
        completed_on date,
        mark numeric(5, 2),
        version integer not null,
        constraint pk_enrolments primary key (tenant_id, id),
        constraint fk_enrolments_tenant_id_programme_id_programmes
            foreign key (tenant_id, programme_id) references programmes (tenant_id, id),
        constraint fk_enrolments_tenant_id_person_id_people
            foreign key (tenant_id, person_id) references people (tenant_id, id)
            on delete cascade,
        constraint uq_enrolments_tenant_id_programme_id_person_id
            unique (tenant_id, programme_id, person_id),
        constraint ck_enrolments_mark check (mark between 0 and 100),
        constraint ck_enrolments_completion check (mark is null or completed_on is not null),
        constraint ck_enrolments_version check (version >= 1)
    )
    """,
    "create index ix_enrolments_tenant_id_person_id on enrolments (tenant_id, person_id)",
]
_RECORDED = {
    "periods": "period",
    "calendars": "calendar",
    "competences": "competence",
    "programmes": "programme",
    "enrolments": "enrolment",
}
_LINKS = {"competence_indicators": "competence_id", "programme_competences": "programme_id"}
"""They are made and deleted, never updated; recorded as what the competence or programme lists."""


def upgrade() -> None:
    statements = [
        *_TABLES,
        "alter table plans add constraint fk_plans_tenant_id_period_id_periods "
        "foreign key (tenant_id, period_id) references periods (tenant_id, id)",
        *(
            statement
            for table in (*_RECORDED, *_LINKS)
            for statement in isolate_tenants(
                "registry", table, api=("select", "insert", "update", "delete"), worker=()
            )
        ),
        *(
            statement
            for table, kind in _RECORDED.items()
            for statement in record_changes(table, kind)
        ),
        *(
            statement
            for table, identity in _LINKS.items()
            for statement in record_changes(table, table, identity=identity)
        ),
    ]
    for statement in statements:
        op.execute(statement)

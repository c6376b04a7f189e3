"""The first tables: replica, visits, counters, answers, messaging."""

from alembic import op

from shared.db.security import isolate_tenants
from shared.messaging.tables import create_messaging_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ENTITY = """
create table {table} (
    tenant_id uuid not null,
    id uuid not null,
    version integer not null,
    deleted boolean not null,
    constraint pk_{table} primary key (tenant_id, id)
)
"""

_TENANTS = """
create table tenants (
    tenant_id uuid not null constraint pk_tenants primary key,
    slug text not null,
    zone text not null,
    version integer not null,
    deleted boolean not null
)
"""

_VISITS = """
create table visits (
    tenant_id uuid not null,
    id uuid not null,
    ticket text not null constraint ck_visits_ticket check (length(ticket) between 1 and 40),
    unit_id uuid not null,
    service_id uuid not null,
    officer_id uuid,
    taken_at timestamptz,
    called_at timestamptz,
    serving_at timestamptz,
    finished_at timestamptz,
    left_at timestamptz,
    token_hash bytea not null
        constraint ck_visits_token_hash check (octet_length(token_hash) = 32),
    token_expires_at timestamptz not null,
    created_at timestamptz not null,
    claim bytea,
    digest bytea,
    constraint ck_visits_claim check ((claim is null) = (digest is null)),
    constraint pk_visits primary key (tenant_id, id),
    constraint uq_visits_tenant_id_token_hash unique (tenant_id, token_hash),
    constraint fk_visits_tenant_id_unit_id_units
        foreign key (tenant_id, unit_id) references units (tenant_id, id),
    constraint fk_visits_tenant_id_service_id_services
        foreign key (tenant_id, service_id) references services (tenant_id, id),
    constraint fk_visits_tenant_id_officer_id_people
        foreign key (tenant_id, officer_id) references people (tenant_id, id)
)
"""

_COUNTERS = """
create table counters (
    tenant_id uuid not null,
    id uuid not null,
    code text not null constraint ck_counters_code check (code ~ '^[0-9A-HJKMNP-TV-Z]{6}$'),
    unit_id uuid not null,
    service_id uuid not null,
    created_at timestamptz not null,
    switched_off_at timestamptz,
    constraint pk_counters primary key (tenant_id, id),
    constraint uq_counters_tenant_id_code unique (tenant_id, code),
    constraint fk_counters_tenant_id_unit_id_units
        foreign key (tenant_id, unit_id) references units (tenant_id, id),
    constraint fk_counters_tenant_id_service_id_services
        foreign key (tenant_id, service_id) references services (tenant_id, id)
)
"""

_ANSWERS = """
create table answers (
    tenant_id uuid not null,
    fact_id uuid not null,
    revision integer not null constraint ck_answers_revision check (revision >= 1),
    state text not null
        constraint ck_answers_state check (state in ('accepted', 'parked', 'withdrawn')),
    reason_code text,
    channel text not null,
    unit_id uuid not null,
    service_id uuid not null,
    officer_id uuid,
    visit_id uuid,
    counter_id uuid,
    occurred_at timestamptz not null,
    received_at timestamptz not null,
    scores smallint[] not null
        constraint ck_answers_scores check (
            cardinality(scores) = 9 and 1 <= all (scores) and 4 >= all (scores)
            and array_remove(scores, null) <> '{}'
        ),
    comment text constraint ck_answers_comment check (length(comment) between 1 and 2000),
    sentiment text constraint ck_answers_sentiment check (sentiment in ('praise', 'criticism')),
    sex text,
    age_band text,
    education text,
    occupation text,
    claim bytea,
    digest bytea,
    constraint pk_answers primary key (tenant_id, fact_id),
    constraint uq_answers_tenant_id_claim unique (tenant_id, claim),
    constraint ck_answers_channel check (
        (channel = 'ticket') = (visit_id is not null)
        and (channel = 'walk_in') = (counter_id is not null)
        and channel in ('ticket', 'walk_in', 'paper')
    ),
    constraint ck_answers_occurred_at check (
        occurred_at <= received_at
        and occurred_at >= '1999-12-31 00:00:00+00'::timestamptz
        and occurred_at < '2200-01-01 00:00:00+00'::timestamptz
    ),
    constraint ck_answers_claim check ((claim is null) = (digest is null)),
    constraint fk_answers_tenant_id_visit_id_visits
        foreign key (tenant_id, visit_id) references visits (tenant_id, id),
    constraint fk_answers_tenant_id_counter_id_counters
        foreign key (tenant_id, counter_id) references counters (tenant_id, id)
)
"""

_ANSWER_DECISIONS = """
create table answer_decisions (
    tenant_id uuid not null,
    fact_id uuid not null,
    revision integer not null,
    state text not null,
    reason_code text,
    decided_by text not null,
    decided_at timestamptz not null,
    constraint pk_answer_decisions primary key (tenant_id, fact_id, revision),
    constraint fk_answer_decisions_tenant_id_fact_id_answers
        foreign key (tenant_id, fact_id) references answers (tenant_id, fact_id) on delete cascade
)
"""

_INDEXES = (
    """
    create unique index ix_visits_tenant_id_claim on visits (tenant_id, claim)
    where claim is not null
    """,
    "create index ix_visits_created_at_keyed on visits (created_at) where claim is not null",
    """
    create unique index ix_answers_tenant_id_visit_id on answers (tenant_id, visit_id)
    where visit_id is not null
    """,
    "create index ix_answers_tenant_id_unit_id_fact_id on answers (tenant_id, unit_id, fact_id)",
    """
    create index ix_answers_tenant_id_fact_id_parked on answers (tenant_id, fact_id)
    where state = 'parked'
    """,
    """
    create index ix_answers_received_at_keyed on answers (received_at)
    where channel = 'walk_in' and claim is not null
    """,
)


def upgrade() -> None:
    tables = (
        _TENANTS,
        *(_ENTITY.format(table=table) for table in ("units", "services", "people")),
        _VISITS,
        _COUNTERS,
        _ANSWERS,
        _ANSWER_DECISIONS,
    )
    replica = ("tenants", "units", "services", "people")
    for statement in (
        *tables,
        *_INDEXES,
        *(part for table in replica for part in isolate_tenants("feedback", table)),
        *isolate_tenants("feedback", "visits", api=("select", "insert", "update")),
        *isolate_tenants("feedback", "counters", api=("select", "insert", "update")),
        *isolate_tenants("feedback", "answers", api=("select", "insert", "update")),
        *isolate_tenants("feedback", "answer_decisions", api=("select", "insert")),
        *create_messaging_tables("feedback"),
    ):
        op.execute(statement)

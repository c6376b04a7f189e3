"""Posts, leave, reporting lines, logins of people."""

from alembic import op

from services.registry.history.recording import record_changes
from shared.db.security import isolate_tenants

revision = "0005"
down_revision = "0004"

_TABLES = [
    """
    create table posts (
        tenant_id uuid not null,
        id uuid not null,
        unit_id uuid not null,
        title text not null,
        post_kind text not null,
        version integer not null,
        constraint pk_posts primary key (tenant_id, id),
        constraint fk_posts_tenant_id_unit_id_units
            foreign key (tenant_id, unit_id) references units (tenant_id, id),
        constraint uq_posts_tenant_id_unit_id_title unique (tenant_id, unit_id, title),
        constraint uq_posts_tenant_id_id_unit_id unique (tenant_id, id, unit_id),
        constraint ck_posts_post_kind
            check (post_kind in ('structural', 'functional', 'executor')),
        constraint ck_posts_version check (version >= 1)
    )
    """,
    # The running version writes neither column: both are null, and no row is rewritten.
    "alter table assignments add column post_id uuid",
    "alter table assignments add column acting_as text",
    """
    alter table assignments
        add constraint fk_assignments_tenant_id_post_id_unit_id_posts
            foreign key (tenant_id, post_id, unit_id) references posts (tenant_id, id, unit_id),
        add constraint ck_assignments_acting_as
            check (acting_as is null or kind = 'acting' and acting_as in ('plt', 'plh'))
    """,
    "create index ix_assignments_tenant_id_post_id on assignments (tenant_id, post_id)",
    """
    create table reporting_lines (
        tenant_id uuid not null,
        id uuid not null,
        person_id uuid not null,
        assessor_id uuid not null,
        reviewer_id uuid,
        valid_from date not null,
        valid_until date,
        version integer not null,
        constraint pk_reporting_lines primary key (tenant_id, id),
        constraint fk_reporting_lines_tenant_id_person_id_people
            foreign key (tenant_id, person_id) references people (tenant_id, id),
        constraint fk_reporting_lines_tenant_id_assessor_id_people
            foreign key (tenant_id, assessor_id) references people (tenant_id, id),
        constraint fk_reporting_lines_tenant_id_reviewer_id_people
            foreign key (tenant_id, reviewer_id) references people (tenant_id, id),
        constraint ck_reporting_lines_dates check (valid_until > valid_from),
        constraint ck_reporting_lines_assessor check (assessor_id <> person_id),
        constraint ck_reporting_lines_reviewer
            check (reviewer_id <> person_id and reviewer_id <> assessor_id),
        constraint ck_reporting_lines_version check (version >= 1),
        constraint ex_reporting_lines_one_assessor exclude using gist (
            uuidrange(tenant_id, tenant_id, '[]') with =,
            uuidrange(person_id, person_id, '[]') with =,
            daterange(valid_from, valid_until) with &&
        )
    )
    """,
    "create index ix_reporting_lines_tenant_id_person_id on reporting_lines (tenant_id, person_id)",
    """
    create index ix_reporting_lines_tenant_id_assessor_id
        on reporting_lines (tenant_id, assessor_id)
    """,
    """
    create index ix_reporting_lines_tenant_id_reviewer_id
        on reporting_lines (tenant_id, reviewer_id)
    """,
    """
    create table leaves (
        tenant_id uuid not null,
        id uuid not null,
        person_id uuid not null,
        kind text not null,
        valid_from date not null,
        valid_until date,
        version integer not null,
        constraint pk_leaves primary key (tenant_id, id),
        constraint fk_leaves_tenant_id_person_id_people
            foreign key (tenant_id, person_id) references people (tenant_id, id),
        constraint ck_leaves_kind check (
            kind in ('annual', 'sick', 'maternity', 'important', 'big', 'study', 'unpaid',
                     'pre_retirement', 'suspended')
        ),
        constraint ck_leaves_dates check (valid_until > valid_from),
        constraint ck_leaves_version check (version >= 1),
        constraint ex_leaves_one_at_a_time exclude using gist (
            uuidrange(tenant_id, tenant_id, '[]') with =,
            uuidrange(person_id, person_id, '[]') with =,
            daterange(valid_from, valid_until) with &&
        )
    )
    """,
    "create index ix_leaves_tenant_id_person_id on leaves (tenant_id, person_id)",
    """
    create table logins (
        tenant_id uuid not null,
        person_id uuid not null,
        subject text not null,
        version integer not null,
        constraint pk_logins primary key (tenant_id, person_id),
        constraint fk_logins_tenant_id_person_id_people
            foreign key (tenant_id, person_id) references people (tenant_id, id)
            on delete cascade,
        constraint uq_logins_tenant_id_subject unique (tenant_id, subject),
        constraint ck_logins_version check (version >= 1)
    )
    """,
]
_RECORDED = {"posts": "post", "reporting_lines": "reporting_line", "leaves": "leave"}


def upgrade() -> None:
    statements = [
        *_TABLES,
        *(
            statement
            for table in (*_RECORDED, "logins")
            for statement in isolate_tenants(
                "registry", table, api=("select", "insert", "update", "delete"), worker=()
            )
        ),
        *(
            statement
            for table, kind in _RECORDED.items()
            for statement in record_changes(table, kind)
        ),
        *record_changes("logins", "login", identity="person_id"),
    ]
    for statement in statements:
        op.execute(statement)

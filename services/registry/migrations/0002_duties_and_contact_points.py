"""Duties of assignments, contact points of people."""

from alembic import op

from shared.db.security import isolate_tenants

revision = "0002"
down_revision = "0001"

_TABLES = [
    # A constant default: no row is rewritten, and the running version does not notice.
    "alter table assignments add column duties text[] not null default '{}'",
    """
    alter table assignments add constraint ck_assignments_duties check (
        duties <@ array['head', 'survey_officer', 'complaint_officer', 'personnel_officer']
    )
    """,
    """
    create table contact_points (
        tenant_id uuid not null,
        person_id uuid not null,
        email text,
        phone text,
        language text not null,
        version integer not null,
        constraint pk_contact_points primary key (tenant_id, person_id),
        constraint fk_contact_points_tenant_id_person_id_people
            foreign key (tenant_id, person_id) references people (tenant_id, id)
            on delete cascade,
        constraint ck_contact_points_email check (email ~ '^[^@ ]+@[^@ ]+$'),
        constraint ck_contact_points_phone check (phone ~ '^\\+[1-9][0-9]{7,14}$'),
        constraint ck_contact_points_language check (language in ('id', 'en')),
        constraint ck_contact_points_version check (version >= 1)
    )
    """,
]


def upgrade() -> None:
    for statement in [
        *_TABLES,
        *isolate_tenants(
            "registry", "contact_points", api=("select", "insert", "update"), worker=()
        ),
    ]:
        op.execute(statement)

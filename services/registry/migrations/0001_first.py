"""Tenants, units, people, assignments, services, satisfaction policies, messaging."""

from alembic import op

from shared.db.security import isolate_tenants
from shared.messaging.tables import create_messaging_tables

revision = "0001"
down_revision = None

_TABLES = [
    """
    create table tenants (
        tenant_id uuid constraint pk_tenants primary key,
        slug text not null,
        name text not null,
        zone text not null,
        version integer not null,
        constraint ck_tenants_slug check (slug ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
        constraint ck_tenants_version check (version >= 1)
    )
    """,
    "create unique index ix_tenants_slug on tenants (slug)",
    """
    create table units (
        tenant_id uuid not null,
        id uuid not null,
        parent_id uuid,
        code text,
        name text not null,
        kind text not null,
        version integer not null,
        constraint pk_units primary key (tenant_id, id),
        constraint fk_units_tenant_id_tenants
            foreign key (tenant_id) references tenants (tenant_id),
        constraint fk_units_tenant_id_parent_id_units
            foreign key (tenant_id, parent_id) references units (tenant_id, id),
        constraint uq_units_tenant_id_code unique (tenant_id, code),
        constraint ck_units_parent check (parent_id <> id),
        constraint ck_units_version check (version >= 1)
    )
    """,
    "create index ix_units_tenant_id_parent_id on units (tenant_id, parent_id)",
    """
    create table people (
        tenant_id uuid not null,
        id uuid not null,
        kind text not null,
        name text not null,
        number text,
        external_id text,
        version integer not null,
        constraint pk_people primary key (tenant_id, id),
        constraint fk_people_tenant_id_tenants
            foreign key (tenant_id) references tenants (tenant_id),
        constraint uq_people_tenant_id_number unique (tenant_id, number),
        constraint uq_people_tenant_id_external_id unique (tenant_id, external_id),
        constraint ck_people_kind check (
            kind in ('civil_servant', 'pppk', 'non_asn', 'other_institution', 'state_official')
        ),
        constraint ck_people_number_required check (
            kind not in ('civil_servant', 'pppk') or number is not null
        ),
        constraint ck_people_number check (number ~ '^[0-9]{18}$'),
        constraint ck_people_version check (version >= 1)
    )
    """,
    "create type uuidrange as range (subtype = uuid)",
    """
    create table assignments (
        tenant_id uuid not null,
        id uuid not null,
        person_id uuid not null,
        unit_id uuid not null,
        kind text not null,
        valid_from date not null,
        valid_until date,
        version integer not null,
        constraint pk_assignments primary key (tenant_id, id),
        constraint fk_assignments_tenant_id_person_id_people
            foreign key (tenant_id, person_id) references people (tenant_id, id),
        constraint fk_assignments_tenant_id_unit_id_units
            foreign key (tenant_id, unit_id) references units (tenant_id, id),
        constraint ck_assignments_kind check (kind in ('definitive', 'acting', 'double')),
        constraint ck_assignments_dates check (valid_until > valid_from),
        constraint ck_assignments_version check (version >= 1),
        constraint ex_assignments_one_definitive exclude using gist (
            uuidrange(tenant_id, tenant_id, '[]') with =,
            uuidrange(person_id, person_id, '[]') with =,
            daterange(valid_from, valid_until) with &&
        ) where (kind = 'definitive')
    )
    """,
    "create index ix_assignments_tenant_id_person_id on assignments (tenant_id, person_id)",
    "create index ix_assignments_tenant_id_unit_id on assignments (tenant_id, unit_id)",
    """
    create table services (
        tenant_id uuid not null,
        id uuid not null,
        name text not null,
        standard_minutes integer,
        version integer not null,
        constraint pk_services primary key (tenant_id, id),
        constraint fk_services_tenant_id_tenants
            foreign key (tenant_id) references tenants (tenant_id),
        constraint uq_services_tenant_id_name unique (tenant_id, name),
        constraint ck_services_standard_minutes check (standard_minutes >= 1),
        constraint ck_services_version check (version >= 1)
    )
    """,
    """
    create table satisfaction_policies (
        tenant_id uuid not null,
        id uuid not null,
        unit_id uuid,
        valid_from date not null,
        weight_decimals smallint,
        switched_off jsonb not null,
        minimum_sample integer not null,
        shrinkage integer not null,
        version integer not null,
        constraint pk_satisfaction_policies primary key (tenant_id, id),
        constraint fk_satisfaction_policies_tenant_id_tenants
            foreign key (tenant_id) references tenants (tenant_id),
        constraint fk_satisfaction_policies_tenant_id_unit_id_units
            foreign key (tenant_id, unit_id) references units (tenant_id, id),
        constraint uq_satisfaction_policies_tenant_id_unit_id_valid_from
            unique nulls not distinct (tenant_id, unit_id, valid_from),
        constraint ck_satisfaction_policies_weight_decimals check (weight_decimals in (2, 3)),
        constraint ck_satisfaction_policies_minimum_sample
            check (minimum_sample between 1 and 100000),
        constraint ck_satisfaction_policies_shrinkage check (shrinkage between 0 and 100000),
        constraint ck_satisfaction_policies_switched_off
            check (jsonb_typeof(switched_off) = 'array'),
        constraint ck_satisfaction_policies_version check (version >= 1)
    )
    """,
]

_ENTITIES = ("units", "people", "assignments", "services", "satisfaction_policies")


def upgrade() -> None:
    statements = [
        *_TABLES,
        # The worker of the registry only relays: it needs no entity.
        *isolate_tenants("registry", "tenants", api=("select", "insert", "update"), worker=()),
        *(
            statement
            for table in _ENTITIES
            for statement in isolate_tenants(
                "registry", table, api=("select", "insert", "update", "delete"), worker=()
            )
        ),
        *create_messaging_tables("registry"),
    ]
    for statement in statements:
        op.execute(statement)

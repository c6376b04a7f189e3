"""Regions, dated units, open services, counters with rosters."""

from alembic import op

from services.registry.history.recording import record_changes
from shared.db.security import isolate_tenants

revision = "0004"
down_revision = "0003"

_REGIONS = [
    """
    create table region_codes (
        authority text not null,
        code text not null,
        valid_from date not null,
        valid_until date,
        parent text,
        name text not null,
        constraint pk_region_codes primary key (authority, code, valid_from),
        constraint ck_region_codes_authority check (authority in ('kemendagri', 'bps')),
        constraint ck_region_codes_dates check (valid_until > valid_from)
    )
    """,
    "create index ix_region_codes_authority_parent on region_codes (authority, parent)",
    # Public and of no tenant; the route that writes is the operator's.
    "grant select, insert, update on region_codes to tera_registry_api",
    "alter table tenants add column region_kemendagri text, add column region_bps text",
]

_UNITS = [
    """
    alter table units
        add column region_kemendagri text,
        add column region_bps text,
        add column state_from date not null default '-infinity',
        add column ended_on date,
        add column merged_into_id uuid,
        add constraint fk_units_tenant_id_merged_into_id_units
            foreign key (tenant_id, merged_into_id) references units (tenant_id, id),
        add constraint ck_units_merged check (
            merged_into_id is null or (merged_into_id <> id and ended_on is not null)
        ),
        add constraint ck_units_ended_on check (ended_on > state_from)
    """,
    """
    create table unit_states (
        tenant_id uuid not null,
        unit_id uuid not null,
        valid_from date not null,
        parent_id uuid,
        name text not null,
        kind text not null,
        constraint pk_unit_states primary key (tenant_id, unit_id, valid_from),
        constraint fk_unit_states_tenant_id_unit_id_units
            foreign key (tenant_id, unit_id) references units (tenant_id, id) on delete cascade,
        constraint fk_unit_states_tenant_id_parent_id_units
            foreign key (tenant_id, parent_id) references units (tenant_id, id),
        constraint ck_unit_states_parent check (parent_id <> unit_id)
    )
    """,
    "create index ix_unit_states_tenant_id_parent_id on unit_states (tenant_id, parent_id)",
    """
    insert into unit_states (tenant_id, unit_id, valid_from, parent_id, name, kind)
    select tenant_id, id, state_from, parent_id, name, kind from units
    """,
    """
    create table unit_aliases (
        tenant_id uuid not null,
        folded text not null,
        unit_id uuid not null,
        alias text not null,
        constraint pk_unit_aliases primary key (tenant_id, folded),
        constraint fk_unit_aliases_tenant_id_unit_id_units
            foreign key (tenant_id, unit_id) references units (tenant_id, id) on delete cascade,
        constraint ck_unit_aliases_folded check (folded = lower(alias))
    )
    """,
    "create index ix_unit_aliases_tenant_id_unit_id on unit_aliases (tenant_id, unit_id)",
    *isolate_tenants(
        "registry",
        "unit_states",
        api=("select", "insert", "delete"),
        worker=("select", "insert", "delete"),
    ),
    *isolate_tenants(
        "registry", "unit_aliases", api=("select", "insert", "delete"), worker=("select",)
    ),
    *record_changes("unit_states", "unit_state", identity="unit_id"),
    *record_changes("unit_aliases", "unit_alias", identity="unit_id"),
]

_SERVICES = [
    """
    alter table services
        add column standard_working_days integer,
        add column description text,
        add column requirements text[] not null default '{}',
        add column cost_rupiah bigint,
        add constraint ck_services_standard_working_days check (standard_working_days >= 1),
        add constraint ck_services_one_standard
            check (num_nonnulls(standard_minutes, standard_working_days) <= 1),
        add constraint ck_services_cost_rupiah check (cost_rupiah >= 0)
    """,
    """
    create table service_units (
        tenant_id uuid not null,
        service_id uuid not null,
        unit_id uuid not null,
        constraint pk_service_units primary key (tenant_id, service_id, unit_id),
        constraint fk_service_units_tenant_id_service_id_services
            foreign key (tenant_id, service_id) references services (tenant_id, id)
            on delete cascade,
        constraint fk_service_units_tenant_id_unit_id_units
            foreign key (tenant_id, unit_id) references units (tenant_id, id)
    )
    """,
    "create index ix_service_units_tenant_id_unit_id on service_units (tenant_id, unit_id)",
    *isolate_tenants("registry", "service_units", api=("select", "insert", "delete"), worker=()),
    *record_changes("service_units", "service_unit", identity="service_id"),
]

_COUNTERS = [
    """
    create table counters (
        tenant_id uuid not null,
        id uuid not null,
        unit_id uuid not null,
        name text not null,
        version integer not null,
        constraint pk_counters primary key (tenant_id, id),
        constraint fk_counters_tenant_id_unit_id_units
            foreign key (tenant_id, unit_id) references units (tenant_id, id),
        constraint uq_counters_tenant_id_unit_id_name unique (tenant_id, unit_id, name),
        constraint ck_counters_version check (version >= 1)
    )
    """,
    """
    create table counter_services (
        tenant_id uuid not null,
        counter_id uuid not null,
        service_id uuid not null,
        constraint pk_counter_services primary key (tenant_id, counter_id, service_id),
        constraint fk_counter_services_tenant_id_counter_id_counters
            foreign key (tenant_id, counter_id) references counters (tenant_id, id)
            on delete cascade,
        constraint fk_counter_services_tenant_id_service_id_services
            foreign key (tenant_id, service_id) references services (tenant_id, id)
    )
    """,
    "create index ix_counter_services_tenant_id_service_id "
    "on counter_services (tenant_id, service_id)",
    """
    create table rosters (
        tenant_id uuid not null,
        id uuid not null,
        counter_id uuid not null,
        day date not null,
        version integer not null,
        constraint pk_rosters primary key (tenant_id, id),
        constraint fk_rosters_tenant_id_counter_id_counters
            foreign key (tenant_id, counter_id) references counters (tenant_id, id),
        constraint uq_rosters_tenant_id_counter_id_day unique (tenant_id, counter_id, day),
        constraint uq_rosters_tenant_id_id_day unique (tenant_id, id, day),
        constraint ck_rosters_version check (version >= 1)
    )
    """,
    """
    create table shifts (
        tenant_id uuid not null,
        roster_id uuid not null,
        person_id uuid not null,
        starts time not null,
        ends time not null,
        day date not null,
        constraint pk_shifts primary key (tenant_id, roster_id, person_id, starts),
        constraint fk_shifts_tenant_id_roster_id_day_rosters
            foreign key (tenant_id, roster_id, day) references rosters (tenant_id, id, day)
            on delete cascade,
        constraint fk_shifts_tenant_id_person_id_people
            foreign key (tenant_id, person_id) references people (tenant_id, id),
        constraint ck_shifts_times check (ends > starts),
        constraint ex_shifts_one_place exclude using gist (
            uuidrange(tenant_id, tenant_id, '[]') with =,
            uuidrange(person_id, person_id, '[]') with =,
            tsrange(day + starts, day + ends) with &&
        )
    )
    """,
    *isolate_tenants(
        "registry", "counters", api=("select", "insert", "update", "delete"), worker=()
    ),
    *isolate_tenants("registry", "counter_services", api=("select", "insert", "delete"), worker=()),
    *isolate_tenants("registry", "rosters", api=("select", "insert", "update"), worker=()),
    *isolate_tenants("registry", "shifts", api=("select", "insert", "delete"), worker=()),
    *record_changes("counters", "counter"),
    *record_changes("counter_services", "counter_service", identity="counter_id"),
    *record_changes("rosters", "roster"),
    *record_changes("shifts", "shift", identity="roster_id"),
]

# The worker publishes units whose next state begins.
_WORKER = [
    "create policy worker on units to tera_registry_worker using (true) with check (true)",
    "grant select, update on units to tera_registry_worker",
    "create policy worker on tenants to tera_registry_worker using (true) with check (true)",
    "grant select on tenants to tera_registry_worker",
]


def upgrade() -> None:
    for statement in [*_REGIONS, *_UNITS, *_SERVICES, *_COUNTERS, *_WORKER]:
        op.execute(statement)

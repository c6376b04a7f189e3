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

# The worker publishes units whose next state begins.
_WORKER = [
    "create policy worker on units to tera_registry_worker using (true) with check (true)",
    "grant select, update on units to tera_registry_worker",
    "create policy worker on tenants to tera_registry_worker using (true) with check (true)",
    "grant select on tenants to tera_registry_worker",
]


def upgrade() -> None:
    for statement in [*_REGIONS, *_UNITS, *_WORKER]:
        op.execute(statement)

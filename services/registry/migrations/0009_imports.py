"""Kept files and saved mappings of imports."""

from alembic import op

from services.registry.history.recording import record_changes
from shared.db.security import isolate_tenants

revision = "0009"
down_revision = "0008"

_TABLES = [
    """
    create table import_files (
        tenant_id uuid not null,
        id uuid not null,
        kind text not null,
        file_name text not null,
        content bytea not null,
        sheet text,
        mapping jsonb,
        actor text not null,
        created_at timestamptz not null,
        constraint pk_import_files primary key (tenant_id, id),
        constraint fk_import_files_tenant_id_tenants
            foreign key (tenant_id) references tenants (tenant_id)
    )
    """,
    "create index ix_import_files_created_at on import_files (created_at)",
    # An office file is compressed already.
    "alter table import_files alter column content set storage external",
    """
    create table import_mappings (
        tenant_id uuid not null,
        id uuid not null,
        kind text not null,
        name text not null,
        columns jsonb not null,
        version integer not null,
        constraint pk_import_mappings primary key (tenant_id, id),
        constraint fk_import_mappings_tenant_id_tenants
            foreign key (tenant_id) references tenants (tenant_id),
        constraint uq_import_mappings_tenant_id_kind_name unique (tenant_id, kind, name),
        constraint ck_import_mappings_version check (version >= 1)
    )
    """,
]


def upgrade() -> None:
    for statement in [
        *_TABLES,
        *isolate_tenants(
            "registry",
            "import_files",
            api=("select", "insert", "delete"),
            worker=("select", "delete"),
        ),
        *isolate_tenants(
            "registry",
            "import_mappings",
            api=("select", "insert", "update", "delete"),
            worker=(),
        ),
        *record_changes("import_mappings", "import_mapping"),
    ]:
        op.execute(statement)

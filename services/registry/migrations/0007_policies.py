"""Policies as typed documents."""

from alembic import op

from services.registry.history.recording import record_changes
from shared.db.security import isolate_tenants

revision = "0007"
down_revision = "0006"

_POLICIES = """
create table policies (
    tenant_id uuid not null,
    id uuid not null,
    unit_id uuid,
    kind text not null,
    valid_from date not null,
    document jsonb not null,
    version integer not null,
    constraint pk_policies primary key (tenant_id, id),
    constraint fk_policies_tenant_id_tenants foreign key (tenant_id)
        references tenants (tenant_id),
    constraint fk_policies_tenant_id_unit_id_units foreign key (tenant_id, unit_id)
        references units (tenant_id, id),
    constraint uq_policies_tenant_id_unit_id_kind_valid_from
        unique nulls not distinct (tenant_id, unit_id, kind, valid_from),
    constraint ck_policies_kind check (
        kind in ('rating', 'behaviour', 'numeric', 'complaints', 'evaluation', 'follow_up')
    ),
    constraint ck_policies_document check (document ->> 'policy_kind' = kind),
    constraint ck_policies_version check (version >= 1)
)
"""


def upgrade() -> None:
    for statement in [
        _POLICIES,
        *isolate_tenants(
            "registry",
            "policies",
            api=("select", "insert", "update", "delete"),
            worker=(),
        ),
        *record_changes("policies", "policy"),
    ]:
        op.execute(statement)

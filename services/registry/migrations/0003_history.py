"""The history of every change."""

from alembic import op

from services.registry.history.recording import RECORDER, record_changes
from shared.db.security import isolate_tenants

revision = "0003"
down_revision = "0002"

_HISTORY = """
create table history (
    tenant_id uuid not null,
    kind text not null,
    entity_id uuid not null,
    id bigint generated always as identity,
    changed_at timestamptz not null,
    actor text,
    actor_person_id uuid,
    before jsonb,
    after jsonb,
    constraint pk_history primary key (tenant_id, kind, entity_id, id),
    constraint ck_history_states check (num_nonnulls(before, after) > 0)
)
"""
_RECORDED = {
    "units": "unit",
    "people": "person",
    "assignments": "assignment",
    "services": "service",
    "satisfaction_policies": "satisfaction_policy",
}


def upgrade() -> None:
    statements = [
        _HISTORY,
        *isolate_tenants("registry", "history", api=("select", "insert"), worker=("insert",)),
        RECORDER,
        *record_changes("tenants", "tenant", identity="tenant_id"),
        *record_changes("contact_points", "contact_points", identity="person_id"),
        *(
            statement
            for table, kind in _RECORDED.items()
            for statement in record_changes(table, kind)
        ),
    ]
    for statement in statements:
        op.execute(statement)

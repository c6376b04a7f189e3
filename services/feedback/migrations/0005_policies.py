"""Which elements are asked: the tree of units and the satisfaction policies of the registry.

What is stored already is completed when `registry.changes.v1` is read again: see 0003.
"""

from alembic import op

from shared.db.security import isolate_tenants

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_POLICIES = """
create table satisfaction_policies (
    tenant_id uuid not null,
    id uuid not null,
    unit_id uuid,
    valid_from date not null,
    switched_off text[] not null,
    version integer not null,
    deleted boolean not null,
    constraint pk_satisfaction_policies primary key (tenant_id, id)
)
"""


def upgrade() -> None:
    op.execute("alter table units add column parent_id uuid")
    op.execute(_POLICIES)
    for statement in isolate_tenants("feedback", "satisfaction_policies"):
        op.execute(statement)

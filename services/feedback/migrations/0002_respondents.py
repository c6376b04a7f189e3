"""The index by which the respondents of a unit's months are counted."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "create index ix_answers_tenant_id_unit_id_occurred_at"
        " on answers (tenant_id, unit_id, occurred_at)"
    )

"""A mark keeps the trace of the answer that left it."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table stale_marks add column traceparent text")

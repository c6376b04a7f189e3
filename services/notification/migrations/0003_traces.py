"""An occasion, and each message about it, keep the trace of the event that it was."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("alter table occasions add column traceparent text")
    op.execute("alter table deliveries add column traceparent text")

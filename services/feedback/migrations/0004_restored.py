"""An answer that was read back from the topic has no visit or counter any more."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("alter table answers add column restored boolean not null default false")
    op.execute("alter table answers drop constraint ck_answers_channel")
    op.execute(
        """
        alter table answers add constraint ck_answers_channel check (
            channel in ('ticket', 'walk_in', 'paper') and (
                restored or (channel = 'ticket') = (visit_id is not null)
                and (channel = 'walk_in') = (counter_id is not null)
            )
        )
        """
    )

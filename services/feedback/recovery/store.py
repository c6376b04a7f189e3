"""SQL of the recovery, with the owner's login: newer revisions are taken over from the topic."""

from datetime import datetime
from typing import Final
from uuid import UUID

from shared.contracts import FACTS, SurveyAnswered
from shared.db import Connection
from shared.messaging.published import Published

REASON: Final = "restored"
"""Reason code of decisions whose own reason was lost with the database."""

_TAKE_OVER: Final = """
with newest as materialized (
    select distinct on (tenant_id, fact_id) *
    from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::timestamptz[])
         as i(tenant_id, fact_id, revision, state, time)
    order by tenant_id, fact_id, revision desc),
revised as (
    update answers a
    set revision = n.revision, state = n.state,
        reason_code = case when n.state <> 'accepted' then $6 end
    from newest n
    where a.tenant_id = n.tenant_id and a.fact_id = n.fact_id and a.revision < n.revision
    returning a.tenant_id, a.fact_id, a.revision, a.state, a.reason_code, n.time),
decided as (
    insert into answer_decisions
        (tenant_id, fact_id, revision, state, reason_code, decided_by, decided_at)
    select tenant_id, fact_id, revision, state, reason_code, 'tera restore', time from revised)
select (select count(*) from revised) as revised,
       (select array_agg(fact_id) from newest n where not exists (
            select from answers a where a.tenant_id = n.tenant_id and a.fact_id = n.fact_id)
       ) as unknown
"""


async def catch_up(connection: Connection, published: Published) -> list[str]:
    """Take over the revisions of known answers that were published after the backup, in the
    caller's transaction; what was done and what is lost, in sentences."""
    revised, unknown = 0, set[UUID]()
    async for batch in published.since_the_backup(FACTS):
        rows = [_row(event, time) for event, time in batch if isinstance(event, SurveyAnswered)]
        if rows:
            found = await connection.fetchrow(
                _TAKE_OVER, *map(list, zip(*rows, strict=True)), REASON
            )
            assert found is not None
            revised += found["revised"]
            unknown |= set(found["unknown"] or ())
    told = []
    if revised:
        told.append(f"{revised} decisions on answers, made after the backup, taken over")
    if unknown:
        told.append(
            f"{len(unknown)} answers came after the backup: they count, but their comments and "
            "profiles are lost, and they can no longer be parked or withdrawn"
        )
    return told


def _row(event: SurveyAnswered, time: datetime) -> tuple[UUID, UUID, int, str, datetime]:
    return event.tenant_id, event.fact_id, event.revision, event.state.value, time

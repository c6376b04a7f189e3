"""SQL of the recovery, with the owner's login: what is newer is taken over from the topic."""

from datetime import datetime
from typing import Any, Final

from shared.contracts import ELEMENTS, FACTS, SurveyAnswered
from shared.db import Connection
from shared.messaging.published import Published

REASON: Final = "restored"
"""Reason code of decisions whose own reason was lost with the database."""

_TAKE_OVER: Final = """
with newest as materialized (
    select distinct on (tenant_id, fact_id) *
    from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::timestamptz[], $6::text[],
                $7::uuid[], $8::uuid[], $9::uuid[], $10::timestamptz[], $11::timestamptz[],
                $12::text[])
         as i(tenant_id, fact_id, revision, state, time, channel, unit_id, service_id, officer_id,
              occurred_at, received_at, scores)
    order by tenant_id, fact_id, revision desc),
revised as (
    update answers a
    set revision = n.revision, state = n.state,
        reason_code = case when n.state <> 'accepted' then $13 end
    from newest n
    where a.tenant_id = n.tenant_id and a.fact_id = n.fact_id and a.revision < n.revision
    returning a.tenant_id, a.fact_id),
added as (
    insert into answers (tenant_id, fact_id, revision, state, reason_code, channel, unit_id,
                         service_id, officer_id, occurred_at, received_at, scores, restored)
    select tenant_id, fact_id, revision, state, case when state <> 'accepted' then $13 end, channel,
           unit_id, service_id, officer_id, occurred_at, received_at, scores::smallint[], true
    from newest order by tenant_id, fact_id
    on conflict (tenant_id, fact_id) do nothing
    returning tenant_id, fact_id),
decided as (
    insert into answer_decisions
        (tenant_id, fact_id, revision, state, reason_code, decided_by, decided_at)
    select tenant_id, fact_id, revision, state, case when state <> 'accepted' then $13 end,
           'tera restore', time
    from newest join (select * from revised union all select * from added) taken
         using (tenant_id, fact_id)
    where revision > 1)
select (select count(*) from revised) as revised, (select count(*) from added) as added
"""

_Row = tuple[Any, ...]


async def catch_up(connection: Connection, published: Published) -> list[str]:
    """Take over what was published after the backup, in the caller's transaction: decisions on
    known answers, and the answers that are not known. What was done, in sentences."""
    revised = added = 0
    async for batch in published.since_the_backup(FACTS):
        rows = [_row(event, time) for event, time in batch if isinstance(event, SurveyAnswered)]
        if rows:
            found = await connection.fetchrow(
                _TAKE_OVER, *map(list, zip(*rows, strict=True)), REASON
            )
            assert found is not None
            revised += found["revised"]
            added += found["added"]
    told = []
    if revised:
        told.append(f"{revised} decisions on answers, made after the backup, taken over")
    if added:
        told.append(
            f"{added} answers came after the backup and were read back from the topic, without "
            "their comments and profiles, visits and counters"
        )
    return told


def _row(event: SurveyAnswered, time: datetime) -> _Row:
    marks = [getattr(event.scores, element) for element in ELEMENTS]
    return (
        event.tenant_id,
        event.fact_id,
        event.revision,
        event.state.value,
        time,
        event.channel.value,
        event.unit_id,
        event.service_id,
        event.officer_id,
        event.occurred_at,
        event.received_at,
        # An array of arrays cannot be unnested by row: each row's marks travel as a literal.
        "{" + ",".join("NULL" if mark is None else str(mark) for mark in marks) + "}",
    )

"""After a restored backup: cards go on above the versions that readers have seen."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from services.scoring.ledger.rules import ALL_SERVICES
from services.scoring.satisfaction.rules import RULE, RULE_VERSION
from shared.contracts import RESULTS, ScoreChanged
from shared.db import Connection
from shared.messaging.published import Published

_KEY: Final = "tenant_id, subject_kind, subject_id, unit_id, service_id, period"

# A card that is made only after the backup is empty until it is computed from the facts that are
# read again; what it then says is newer than what was announced of it.
_RAISE: Final = f"""
insert into cards as c ({_KEY}, period_starts, version, answers, incomplete, counts, policy,
                        rule, rule_version, computed_at, changed_by, changed_at)
select {_KEY}, period_starts, version, 0, 0, '{{}}', '{{}}', '{RULE}', {RULE_VERSION}, now(),
       'counted', now()
from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::date[],
            $8::int[]) as i({_KEY}, period_starts, version)
on conflict ({_KEY}) do update set version = excluded.version where c.version < excluded.version
"""  # noqa: S608 - made of constants


async def catch_up(connection: Connection, published: Published) -> list[str]:
    """Raise the versions of cards to the announced ones, in the caller's transaction; what was
    done, in sentences."""
    newest: dict[tuple[Any, ...], tuple[date, int]] = {}
    async for batch in published.since_the_backup(RESULTS):
        for event, _ in batch:
            if isinstance(event, ScoreChanged):
                _note(event, newest)
    if not newest:
        return []
    rows = [(*key, *newest[key]) for key in sorted(newest)]
    status = await connection.execute(_RAISE, *map(list, zip(*rows, strict=True)))
    raised = int(status.rpartition(" ")[2])
    return [f"{raised} cards go on above the versions announced after the backup"] if raised else []


def _note(event: ScoreChanged, newest: dict[tuple[Any, ...], tuple[date, int]]) -> None:
    subject = (event.tenant_id, event.subject_kind.value, event.subject_id, event.unit_id)
    for card in event.cards:
        key = (*subject, card.service_id or ALL_SERVICES, card.period)
        known: Mapping[Any, tuple[date, int]] = newest
        if key not in known or known[key][1] < card.version:
            newest[key] = (card.period_starts, card.version)

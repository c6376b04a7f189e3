"""SQL of the replica of scores."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection

_UPSERT = """
insert into unit_scores as s (tenant_id, month, unit_id, version, answers, index, grade)
select * from unnest($1::uuid[], $2::date[], $3::uuid[], $4::int[], $5::int[], $6::numeric[],
                     $7::text[])
on conflict (tenant_id, month, unit_id) do update
set version = excluded.version, answers = excluded.answers, index = excluded.index,
    grade = excluded.grade
where excluded.version > s.version
"""


class Score(NamedTuple):
    """A version of a unit's month; ``value`` is its index."""

    tenant_id: UUID
    month: date
    unit_id: UUID
    version: int
    answers: int
    value: Decimal | None
    grade: str | None


async def apply(connection: Connection, scores: Sequence[Score]) -> None:
    """Take over what is newer than the replica, in any order and any number of times."""
    newest: dict[tuple[UUID, date, UUID], Score] = {}
    for score in scores:
        held = newest.get(score[:3])
        if held is None or held.version < score.version:
            newest[score[:3]] = score
    if newest:
        columns = zip(*(newest[key] for key in sorted(newest)), strict=True)
        await connection.execute(_UPSERT, *map(list, columns))

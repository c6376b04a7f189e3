"""SQL of the respondents' counts: one pass over the answers of a unit and time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.feedback.respondents.rules import NOT_STATED
from shared.db import Connection

DIMENSIONS: Final = ("sex", "age_band", "education", "occupation", "service_id", "channel")

_COUNT: Final = f"""
select {", ".join(f"grouping({dimension}) = 0 as by_{dimension}" for dimension in DIMENSIONS)},
       coalesce({", ".join(f"{dimension}::text" for dimension in DIMENSIONS)}) as value,
       count(*) as answers
from answers
where tenant_id = $1 and unit_id = $2 and occurred_at >= $3 and occurred_at < $4
  and state = 'accepted' and ($5::uuid is null or service_id = $5)
group by grouping sets ({", ".join(f"({dimension})" for dimension in DIMENSIONS)})
"""  # noqa: S608 - made of constants of this module


@dataclass(frozen=True, slots=True)
class Counts:
    """Accepted answers by dimension and value; what was not stated is ``NOT_STATED``."""

    of: dict[str, dict[str, int]]

    @property
    def total(self) -> int:
        return sum(self.of["channel"].values())


async def count(
    connection: Connection,
    tenant: UUID,
    unit: UUID,
    *,
    from_: datetime,
    until: datetime,
    service: UUID | None,
) -> Counts:
    """Accepted answers whose service was rendered in [from, until)."""
    rows = await connection.fetch(_COUNT, tenant, unit, from_, until, service)
    found: dict[str, dict[str, int]] = {dimension: {} for dimension in DIMENSIONS}
    for row in rows:
        dimension = next(each for each in DIMENSIONS if row[f"by_{each}"])
        found[dimension][row["value"] or NOT_STATED] = row["answers"]
    return Counts(found)

"""Region codes in the database: of no tenant, seen by all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.registry.regions.rules import Authority, Region, parent_of
from shared.db import Connection

_IN_FORCE = """
select code, name, nullif(valid_from, '-infinity') as valid_from, until as valid_until
from (select *, least(valid_until, lead(valid_from) over (partition by code order by valid_from))
                as until
      from region_codes where authority = $1) as dated
where valid_from <= $2 and (until is null or until > $2)
"""


@dataclass(frozen=True, slots=True)
class Imported:
    """How many rows of a file were new, meant something else, or were known as they are."""

    created: int
    changed: int
    unchanged: int


async def find(
    connection: Connection, authority: Authority, code: str, *, on: date
) -> Region | None:
    """What a code means on a day."""
    row = await connection.fetchrow(
        f"{_IN_FORCE} and code = $3",
        authority,
        on,
        code,
    )
    return Region(**row) if row else None


async def page(
    connection: Connection,
    authority: Authority,
    *,
    on: date,
    after: str | None,
    limit: int,
    parent: str | None = None,
    text: str | None = None,
) -> list[Region]:
    """Regions of a day by their codes; where asked those directly in `parent`, and those with
    `text` in code or name, whatever its case."""
    rows = await connection.fetch(
        f"""
        {_IN_FORCE}
          and ($3::text is null or code > $3) and ($5::text is null or parent = $5)
          and ($6::text is null or position(lower($6) in lower(name)) > 0
               or position($6 in code) > 0)
        order by code limit $4
        """,
        authority,
        on,
        after,
        limit,
        parent,
        text,
    )
    return [Region(**row) for row in rows]


async def unknown(connection: Connection, codes: Mapping[Authority, str]) -> set[Authority]:
    """The authorities that never gave the code that is said to be theirs."""
    rows = await connection.fetch(
        """
        select g.authority from unnest($1::text[], $2::text[]) as g(authority, code)
        where not exists (
            select from region_codes r where r.authority = g.authority and r.code = g.code)
        """,
        list(codes),
        list(codes.values()),
    )
    return {Authority(row["authority"]) for row in rows}


async def write(
    connection: Connection, authority: Authority, regions: Sequence[Region]
) -> Imported:
    """Store what a file says: another name or end of what is stored for the same first day. A row
    without a first day means the newest that is stored of its code, and is the only one of it.

    Raises `asyncpg.CheckViolationError` where that one begins after the end that is given.
    """
    rows = await connection.fetch(
        """
        insert into region_codes as r (authority, code, parent, name, valid_from, valid_until)
        select $1, g.code, g.parent, g.name,
               coalesce(g.valid_from,
                        (select max(k.valid_from) from region_codes k
                         where k.authority = $1 and k.code = g.code),
                        '-infinity'),
               g.valid_until
        from unnest($2::text[], $3::text[], $4::text[], $5::date[], $6::date[])
             as g(code, parent, name, valid_from, valid_until)
        order by g.code, 5
        on conflict (authority, code, valid_from) do update
        set name = excluded.name, valid_until = excluded.valid_until
        where (r.name, r.valid_until) is distinct from (excluded.name, excluded.valid_until)
        returning old.code is null as created
        """,
        authority,
        [region.code for region in regions],
        [parent_of(authority, region.code) for region in regions],
        [region.name for region in regions],
        [region.valid_from for region in regions],
        [region.valid_until for region in regions],
    )
    created = sum(row["created"] for row in rows)
    return Imported(created, len(rows) - created, len(regions) - len(rows))

"""Reporting lines in the database."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from services.registry.reporting_lines.rules import Line
from shared.contracts import ReportingLineChanged
from shared.db import Connection
from shared.messaging.outbox import enqueue

_COLUMNS: Final = "id, person_id, assessor_id, reviewer_id, valid_from, valid_until, version"
_STANDING: Final = """
l.id, l.person_id, l.assessor_id, coalesce(l.reviewer_id, up.assessor_id) as reviewer_id,
l.valid_from, l.valid_until, l.version
"""
_UP: Final = """
left join reporting_lines up on up.tenant_id = l.tenant_id and up.person_id = l.assessor_id
     and daterange(up.valid_from, up.valid_until) @> $3::date
"""
_ROWS: Final = """
unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::date[], $7::date[], $8::int[])
"""


@dataclass(frozen=True, slots=True)
class TeamMember:
    """Somebody of a team, and by which line; `reviewer_id` as in `of_day`."""

    person_id: UUID
    name: str
    kind: str
    line_id: UUID
    assessor_id: UUID
    reviewer_id: UUID | None
    valid_from: date
    valid_until: date | None


async def assessor_of(
    connection: Connection, tenant_id: UUID, person_id: UUID, on: date
) -> UUID | None:
    """Who assesses the person on a day; None where no line holds then."""
    line = await of_day(connection, tenant_id, person_id, on)
    return line.assessor_id if line else None


async def of_day(connection: Connection, tenant_id: UUID, person_id: UUID, on: date) -> Line | None:
    """The line of a person that holds on a day. Where it names no reviewer, the assessor's own
    assessor of that day is the reviewing superior."""
    row = await connection.fetchrow(
        f"""
        select {_STANDING} from reporting_lines l {_UP}
        where l.tenant_id = $1 and l.person_id = $2
          and daterange(l.valid_from, l.valid_until) @> $3::date
        """,  # noqa: S608
        tenant_id,
        person_id,
        on,
    )
    return Line(**row) if row else None


async def find(connection: Connection, tenant_id: UUID, line_id: UUID) -> Line | None:
    """One line; the lock on all lines of the tenant keeps it as it is."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from reporting_lines where tenant_id = $1 and id = $2",  # noqa: S608
        tenant_id,
        line_id,
    )
    return Line(**row) if row else None


async def of_people(
    connection: Connection, tenant_id: UUID, person_ids: Collection[UUID]
) -> list[Line]:
    """All lines by which these people are assessed, oldest first."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from reporting_lines
        where tenant_id = $1 and person_id = any ($2) order by valid_from, id
        """,  # noqa: S608
        tenant_id,
        list(person_ids),
    )
    return [Line(**row) for row in rows]


async def under(connection: Connection, tenant_id: UUID, superior_id: UUID) -> list[Line]:
    """All lines in which this person assesses or reviews, oldest first."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from reporting_lines
        where tenant_id = $1 and (assessor_id = $2 or reviewer_id = $2) order by valid_from, id
        """,  # noqa: S608
        tenant_id,
        superior_id,
    )
    return [Line(**row) for row in rows]


async def assesses(connection: Connection, tenant_id: UUID, assessor_id: UUID, on: date) -> bool:
    """Whether this person assesses anybody on a day."""
    found: bool = await connection.fetchval(
        """
        select exists (
            select from reporting_lines where tenant_id = $1 and assessor_id = $2
                and daterange(valid_from, valid_until) @> $3::date)
        """,
        tenant_id,
        assessor_id,
        on,
    )
    return found


async def team(
    connection: Connection, tenant_id: UUID, superior_id: UUID, on: date
) -> list[TeamMember]:
    """Those whom this person assesses or reviews on a day, by name."""
    rows = await connection.fetch(
        f"""
        select l.person_id, p.name, p.kind, l.id as line_id, l.assessor_id, l.reviewer_id,
               l.valid_from, l.valid_until
        from (select l.tenant_id, {_STANDING} from reporting_lines l {_UP}
              where l.tenant_id = $1 and daterange(l.valid_from, l.valid_until) @> $3::date) l
        join people p on p.tenant_id = l.tenant_id and p.id = l.person_id
        where l.assessor_id = $2 or l.reviewer_id = $2
        order by p.name, p.id
        """,  # noqa: S608
        tenant_id,
        superior_id,
        on,
    )
    return [TeamMember(**row) for row in rows]


async def above(
    connection: Connection, tenant_id: UUID, person_ids: Collection[UUID]
) -> list[Line]:
    """The lines of these people, of their superiors, of theirs and so on, of all days."""
    rows = await connection.fetch(
        f"""
        with recursive up(person_id) as (
            select unnest($2::uuid[])
            union
            select s.superior_id
            from up
            join reporting_lines l on l.tenant_id = $1 and l.person_id = up.person_id
            cross join lateral (values (l.assessor_id), (l.reviewer_id)) as s(superior_id)
            where s.superior_id is not null
        )
        select {_COLUMNS} from reporting_lines
        where tenant_id = $1 and person_id in (select person_id from up)
        """,  # noqa: S608
        tenant_id,
        list(person_ids),
    )
    return [Line(**row) for row in rows]


async def insert(connection: Connection, tenant_id: UUID, lines: Sequence[Line]) -> None:
    """Raises `asyncpg.ExclusionViolationError` where two lines of a person would overlap, and
    `asyncpg.ForeignKeyViolationError` for somebody unknown."""
    ordered = sorted(lines, key=lambda line: (line.person_id, line.valid_from))
    await connection.execute(
        f"insert into reporting_lines (tenant_id, {_COLUMNS}) select $1, * from {_ROWS}",  # noqa: S608
        tenant_id,
        *_columns(ordered),
    )
    await enqueue(connection, [_event(tenant_id, line) for line in ordered])


async def update(connection: Connection, tenant_id: UUID, lines: Sequence[Line]) -> list[Line]:
    """Store lines under the lock of the tenant's lines; returns them with their versions raised.
    Raises like `insert`."""
    ordered = sorted(lines, key=lambda line: (line.person_id, line.valid_from))
    await connection.execute(
        f"""
        update reporting_lines l
        set assessor_id = n.assessor_id, reviewer_id = n.reviewer_id, valid_from = n.valid_from,
            valid_until = n.valid_until, version = n.version + 1
        from {_ROWS} as n({_COLUMNS})
        where l.tenant_id = $1 and l.id = n.id
        """,  # noqa: S608
        tenant_id,
        *_columns(ordered),
    )
    stored = [replace(line, version=line.version + 1) for line in ordered]
    await enqueue(connection, [_event(tenant_id, line) for line in stored])
    return stored


async def delete(connection: Connection, tenant_id: UUID, line: Line) -> None:
    """Delete a line, under the lock of the tenant's lines."""
    await connection.execute(
        "delete from reporting_lines where tenant_id = $1 and id = $2", tenant_id, line.id
    )
    gone = replace(line, version=line.version + 1)
    await enqueue(connection, [_event(tenant_id, gone, deleted=True)])


def _columns(lines: Sequence[Line]) -> list[list[object]]:
    return [[getattr(line, name) for line in lines] for name in _COLUMNS.split(", ")]


def _event(tenant_id: UUID, line: Line, *, deleted: bool = False) -> ReportingLineChanged:
    return ReportingLineChanged(
        tenant_id=tenant_id,
        id=line.id,
        version=line.version,
        deleted=deleted,
        person_id=line.person_id,
        assessor_id=line.assessor_id,
        reviewer_id=line.reviewer_id,
        valid_from=line.valid_from,
        valid_until=line.valid_until,
    )

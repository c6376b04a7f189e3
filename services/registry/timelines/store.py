"""What is told of people and their work, each with the names by which it is known."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.db import Connection


@dataclass(frozen=True, slots=True)
class Held:
    """An assignment. `unit_name` is what the unit was called on its last day, or is today."""

    id: UUID
    unit_id: UUID
    unit_name: str
    post_id: UUID | None
    post_title: str | None
    post_kind: str | None
    kind: str
    acting_as: str | None
    duties: list[str]
    valid_from: date
    valid_until: date | None
    version: int


@dataclass(frozen=True, slots=True)
class Assessed:
    """A reporting line, by whom."""

    id: UUID
    assessor_id: UUID
    assessor_name: str
    reviewer_id: UUID | None
    reviewer_name: str | None
    valid_from: date
    valid_until: date | None
    version: int


@dataclass(frozen=True, slots=True)
class Seat:
    """An assignment that holds on the day that was asked for, and whose it is."""

    assignment_id: UUID
    person_id: UUID
    name: str
    person_kind: str
    unit_id: UUID
    post_id: UUID | None
    post_title: str | None
    post_kind: str | None
    kind: str
    acting_as: str | None
    duties: list[str]
    valid_from: date
    valid_until: date | None


async def assignments(
    connection: Connection, tenant_id: UUID, person_id: UUID, *, today: date
) -> list[Held]:
    """All of a person, oldest first."""
    rows = await connection.fetch(
        """
        select a.id, a.unit_id, coalesce(s.name, u.name) as unit_name, a.post_id,
               p.title as post_title, p.post_kind, a.kind, a.acting_as, a.duties, a.valid_from,
               a.valid_until, a.version
        from assignments a
        join units u on u.tenant_id = a.tenant_id and u.id = a.unit_id
        left join posts p on p.tenant_id = a.tenant_id and p.id = a.post_id
        left join lateral (
            select s.name from unit_states s
            where s.tenant_id = a.tenant_id and s.unit_id = a.unit_id
              and s.valid_from <= greatest(a.valid_from, least(a.valid_until - 1, $3))
            order by s.valid_from desc limit 1) s on true
        where a.tenant_id = $1 and a.person_id = $2 order by a.valid_from, a.id
        """,
        tenant_id,
        person_id,
        today,
    )
    return [Held(**row) for row in rows]


async def staff(
    connection: Connection,
    tenant_id: UUID,
    *,
    on: date,
    after: UUID | None,
    limit: int,
    unit_id: UUID | None = None,
    post_id: UUID | None = None,
    duty: str | None = None,
) -> list[Seat]:
    """Who works on a day, in the order of the assignments' ids; where asked only in one unit, on
    one post, or with a duty."""
    rows = await connection.fetch(
        """
        select a.id as assignment_id, a.person_id, w.name, w.kind as person_kind, a.unit_id,
               a.post_id, p.title as post_title, p.post_kind, a.kind, a.acting_as, a.duties,
               a.valid_from, a.valid_until
        from assignments a
        join people w on w.tenant_id = a.tenant_id and w.id = a.person_id
        left join posts p on p.tenant_id = a.tenant_id and p.id = a.post_id
        where a.tenant_id = $1 and daterange(a.valid_from, a.valid_until) @> $2::date
          and ($3::uuid is null or a.id > $3) and ($5::uuid is null or a.unit_id = $5)
          and ($6::uuid is null or a.post_id = $6) and ($7::text is null or $7 = any (a.duties))
        order by a.id limit $4
        """,
        tenant_id,
        on,
        after,
        limit,
        unit_id,
        post_id,
        duty,
    )
    return [Seat(**row) for row in rows]


async def lines(connection: Connection, tenant_id: UUID, person_id: UUID) -> list[Assessed]:
    """All by which a person is assessed, oldest first."""
    rows = await connection.fetch(
        """
        select l.id, l.assessor_id, a.name as assessor_name, l.reviewer_id,
               r.name as reviewer_name, l.valid_from, l.valid_until, l.version
        from reporting_lines l
        join people a on a.tenant_id = l.tenant_id and a.id = l.assessor_id
        left join people r on r.tenant_id = l.tenant_id and r.id = l.reviewer_id
        where l.tenant_id = $1 and l.person_id = $2 order by l.valid_from, l.id
        """,
        tenant_id,
        person_id,
    )
    return [Assessed(**row) for row in rows]

"""Results of plans in the database: what a team may serve, and what it serves."""

from dataclasses import dataclass
from uuid import UUID

from shared.db import Connection


@dataclass(frozen=True, slots=True)
class ResultTitle:
    """A result of somebody's plan as others may see it."""

    id: UUID
    plan_id: UUID
    title: str
    main: bool


async def results_of(
    connection: Connection, tenant_id: UUID, person_id: UUID, period_id: UUID
) -> list[ResultTitle]:
    """The results in the newest revision of a person's plan, in their order."""
    rows = await connection.fetch(
        """
        select (result ->> 'id')::uuid as id, newest.plan_id, result ->> 'title' as title,
               (result ->> 'main')::bool as main
        from (
            select r.plan_id, r.document from plans p
            join plan_revisions r on r.tenant_id = p.tenant_id and r.plan_id = p.id
            where p.tenant_id = $1 and p.person_id = $2 and p.period_id = $3
            order by r.revision desc limit 1) newest
        cross join jsonb_array_elements(newest.document -> 'results') with ordinality
                   as results(result, place)
        order by place
        """,
        tenant_id,
        person_id,
        period_id,
    )
    return [ResultTitle(**row) for row in rows]


async def served(
    connection: Connection, tenant_id: UUID, leader_id: UUID, period_id: UUID
) -> set[UUID]:
    """The results that somebody's plan under this leader serves, as agreed last or as it is being
    drafted."""
    rows = await connection.fetch(
        """
        select distinct (result ->> 'serves_result_id')::uuid as id
        from plans p
        join plan_revisions r on r.tenant_id = p.tenant_id and r.plan_id = p.id
        cross join jsonb_array_elements(r.document -> 'results') as results(result)
        where p.tenant_id = $1 and p.period_id = $2 and r.leader_id = $3
          and result ->> 'serves_result_id' is not null and not exists (
              select from plan_revisions later
              where later.tenant_id = r.tenant_id and later.plan_id = r.plan_id
                and later.revision > r.revision
                and (r.state <> 'agreed' or later.state = 'agreed'))
        """,
        tenant_id,
        period_id,
        leader_id,
    )
    return {row["id"] for row in rows}


async def ever_results_of(
    connection: Connection, tenant_id: UUID, person_id: UUID, period_id: UUID
) -> set[UUID]:
    """The results that stand or stood in any revision of a person's plan."""
    rows = await connection.fetch(
        """
        select distinct (result ->> 'id')::uuid as id
        from plans p
        join plan_revisions r on r.tenant_id = p.tenant_id and r.plan_id = p.id
        cross join jsonb_array_elements(r.document -> 'results') as results(result)
        where p.tenant_id = $1 and p.person_id = $2 and p.period_id = $3
        """,
        tenant_id,
        person_id,
        period_id,
    )
    return {row["id"] for row in rows}

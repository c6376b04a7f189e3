"""Goals in the database. No event tells of them: outside the registry only their ids are named."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.registry.goals.rules import Goal
from shared.db import Connection

_FIND = "select id, name, starts_on, ends_on, version from goals where tenant_id = $1 and id = $2"


async def find(
    connection: Connection, tenant_id: UUID, goal_id: UUID, *, lock: bool = False
) -> Goal | None:
    """The goal of this tenant; with `lock` nobody else changes or names it meanwhile."""
    suffix = " for update" if lock else ""
    row = await connection.fetchrow(_FIND + suffix, tenant_id, goal_id)
    return Goal(**row) if row else None


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    after: UUID | None,
    limit: int,
    on: date | None = None,
    name: str | None = None,
) -> list[Goal]:
    """Goals in the order of their ids; those of a day, or with this exact name, where asked."""
    rows = await connection.fetch(
        """
        select id, name, starts_on, ends_on, version from goals
        where tenant_id = $1 and ($2::uuid is null or id > $2)
          and ($4::date is null or starts_on <= $4 and $4 < ends_on)
          and ($5::text is null or name = $5)
        order by id limit $3
        """,
        tenant_id,
        after,
        limit,
        on,
        name,
    )
    return [Goal(**row) for row in rows]


async def hold(connection: Connection, tenant_id: UUID, ids: Collection[UUID]) -> set[UUID]:
    """Those of `ids` that exist; they cannot be deleted before this transaction ends."""
    rows = await connection.fetch(
        "select id from goals where tenant_id = $1 and id = any ($2) order by id for key share",
        tenant_id,
        list(ids),
    )
    return {row["id"] for row in rows}


async def insert(connection: Connection, tenant_id: UUID, goal: Goal) -> None:
    await connection.execute(
        """
        insert into goals (tenant_id, id, name, starts_on, ends_on, version)
        values ($1, $2, $3, $4, $5, $6)
        """,
        tenant_id,
        goal.id,
        goal.name,
        goal.starts_on,
        goal.ends_on,
        goal.version,
    )


async def update(connection: Connection, tenant_id: UUID, goal: Goal) -> Goal:
    """Store a goal whose row is locked; returns it with its version raised."""
    await connection.execute(
        """
        update goals set name = $3, starts_on = $4, ends_on = $5, version = $6 + 1
        where tenant_id = $1 and id = $2
        """,
        tenant_id,
        goal.id,
        goal.name,
        goal.starts_on,
        goal.ends_on,
        goal.version,
    )
    return replace(goal, version=goal.version + 1)


async def delete(connection: Connection, tenant_id: UUID, goal: Goal) -> bool:
    """For entries made by mistake; False, and nothing done, while a revision of a plan, however
    old, names the goal (whose row is locked)."""
    deleted = await connection.fetchval(
        """
        delete from goals where tenant_id = $1 and id = $2 and not exists (
            select from plan_revisions r where r.tenant_id = $1
              and r.document @> jsonb_build_object('results', jsonb_build_array(
                  jsonb_build_object('serves_goal_id', $2::text))))
        returning true
        """,
        tenant_id,
        goal.id,
    )
    return bool(deleted)

"""Plans in the database."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec

from services.registry.plans.documents.rules import Document
from services.registry.plans.events import event_of
from services.registry.plans.rules import Plan, Revision
from shared.db import Connection
from shared.messaging.outbox import enqueue

_FIND = "select id, person_id, period_id, version from plans where tenant_id = $1 and id = $2"
_REVISION: Final = (
    "revision",
    "valid_from",
    "leader_id",
    "state",
    "agreed_by_employee_at",
    "agreed_by_leader_at",
)


@dataclass(frozen=True, slots=True)
class Summary:
    """A plan in a list; leader, days and state are those of the newest revision."""

    id: UUID
    person_id: UUID
    person_name: str
    period_id: UUID
    leader_id: UUID
    leader_name: str
    state: str
    revision: int
    valid_from: date
    agreed_by_employee: bool
    agreed_by_leader: bool
    version: int


async def find(
    connection: Connection, tenant_id: UUID, plan_id: UUID, *, lock: bool = False
) -> Plan | None:
    """The plan of this tenant; with `lock` nobody else changes it meanwhile."""
    suffix = " for update" if lock else ""
    row = await connection.fetchrow(_FIND + suffix, tenant_id, plan_id)
    if row is None:
        return None
    revisions = await connection.fetch(
        """
        select revision, valid_from, leader_id, document, state, agreed_by_employee_at,
               agreed_by_leader_at
        from plan_revisions where tenant_id = $1 and plan_id = $2 order by revision
        """,
        tenant_id,
        plan_id,
    )
    return Plan(**row, revisions=tuple(map(_revision, revisions)))


async def page(
    connection: Connection,
    tenant_id: UUID,
    *,
    after: UUID | None,
    limit: int,
    period_id: UUID | None,
    person_id: UUID | None,
    leader_id: UUID | None,
    reader_id: UUID | None,
    team: Collection[UUID],
) -> list[Summary]:
    """Plans in the order of their ids. With `reader_id` only those of this person, of somebody the
    person led or leads in them, and of the people in `team`."""
    rows = await connection.fetch(
        """
        select p.id, p.person_id, person.name as person_name, p.period_id, r.leader_id,
               leader.name as leader_name, r.state, r.revision, r.valid_from,
               r.agreed_by_employee_at is not null as agreed_by_employee,
               r.agreed_by_leader_at is not null as agreed_by_leader, p.version
        from plans p
        join lateral (
            select * from plan_revisions r where r.tenant_id = p.tenant_id and r.plan_id = p.id
            order by r.revision desc limit 1) r on true
        join people person on person.tenant_id = p.tenant_id and person.id = p.person_id
        join people leader on leader.tenant_id = p.tenant_id and leader.id = r.leader_id
        where p.tenant_id = $1 and ($2::uuid is null or p.id > $2)
          and ($4::uuid is null or p.period_id = $4) and ($5::uuid is null or p.person_id = $5)
          and ($6::uuid is null or r.leader_id = $6)
          and ($7::uuid is null or p.person_id = $7 or p.person_id = any ($8) or exists (
              select from plan_revisions led
              where led.tenant_id = p.tenant_id and led.plan_id = p.id and led.leader_id = $7))
        order by p.id limit $3
        """,
        tenant_id,
        after,
        limit,
        period_id,
        person_id,
        leader_id,
        reader_id,
        list(team),
    )
    return [Summary(**row) for row in rows]


async def of_periods(
    connection: Connection,
    tenant_id: UUID,
    period_ids: Collection[UUID],
    *,
    person_ids: Collection[UUID] | None = None,
) -> list[Plan]:
    """The plans for these periods, of these people where asked, in the order of their ids; nobody
    else changes them meanwhile."""
    rows = await connection.fetch(
        """
        select id, person_id, period_id, version from plans
        where tenant_id = $1 and period_id = any ($2)
          and ($3::uuid[] is null or person_id = any ($3))
        order by id for no key update
        """,
        tenant_id,
        list(period_ids),
        None if person_ids is None else list(person_ids),
    )
    revisions: dict[UUID, list[Revision]] = {}
    for revision in await connection.fetch(
        """
        select plan_id, revision, valid_from, leader_id, document, state, agreed_by_employee_at,
               agreed_by_leader_at
        from plan_revisions where tenant_id = $1 and plan_id = any ($2) order by revision
        """,
        tenant_id,
        [row["id"] for row in rows],
    ):
        fields = dict(revision)
        revisions.setdefault(fields.pop("plan_id"), []).append(_revision(fields))
    return [Plan(**row, revisions=tuple(revisions[row["id"]])) for row in rows]


async def claim_parts(connection: Connection, tenant_id: UUID, plans: Sequence[Plan]) -> set[UUID]:
    """Keep the ids of the newest documents' parts, each for its plan; those that another plan
    has."""
    ids = [(part, plan.id) for plan in plans for part in plan.newest.document.part_ids()]
    claims = ([part for part, _ in ids], [plan_id for _, plan_id in ids])
    await connection.execute(
        """
        insert into plan_parts (tenant_id, id, plan_id)
        select $1, * from unnest($2::uuid[], $3::uuid[]) as n(id, plan_id) order by id
        on conflict do nothing
        """,
        tenant_id,
        *claims,
    )
    rows = await connection.fetch(
        """
        select p.id from plan_parts p
        join unnest($2::uuid[], $3::uuid[]) as n(id, plan_id) on n.id = p.id
        where p.tenant_id = $1 and p.plan_id <> n.plan_id
        """,
        tenant_id,
        *claims,
    )
    return {row["id"] for row in rows}


async def insert(connection: Connection, tenant_id: UUID, plans: Sequence[Plan]) -> None:
    """Plans with their first revisions. Raises `asyncpg.UniqueViolationError` where a person has
    one for the period."""
    await connection.execute(
        """
        insert into plans (tenant_id, id, person_id, period_id, version)
        select $1, * from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::int[])
        """,
        tenant_id,
        [plan.id for plan in plans],
        [plan.person_id for plan in plans],
        [plan.period_id for plan in plans],
        [plan.version for plan in plans],
    )
    await _store_newest(connection, tenant_id, plans)
    await enqueue(connection, [event_of(tenant_id, plan) for plan in plans])


async def update(connection: Connection, tenant_id: UUID, plans: Sequence[Plan]) -> list[Plan]:
    """Store the newest revisions of plans that are locked, and forget withdrawn ones behind them;
    returns the plans with their versions raised."""
    ids = [plan.id for plan in plans]
    await connection.execute(
        """
        update plans p set version = n.version + 1
        from unnest($2::uuid[], $3::int[]) as n(id, version)
        where p.tenant_id = $1 and p.id = n.id
        """,
        tenant_id,
        ids,
        [plan.version for plan in plans],
    )
    await connection.execute(
        """
        delete from plan_revisions r using unnest($2::uuid[], $3::int[]) as n(plan_id, newest)
        where r.tenant_id = $1 and r.plan_id = n.plan_id and r.revision > n.newest
        """,
        tenant_id,
        ids,
        [plan.newest.revision for plan in plans],
    )
    await _store_newest(connection, tenant_id, plans)
    stored = [replace(plan, version=plan.version + 1) for plan in plans]
    await enqueue(connection, [event_of(tenant_id, plan) for plan in stored])
    return stored


async def delete(connection: Connection, tenant_id: UUID, plan: Plan) -> None:
    """A plan that was never agreed, with all its parts."""
    await connection.execute(
        "delete from plans where tenant_id = $1 and id = $2", tenant_id, plan.id
    )
    gone = replace(plan, version=plan.version + 1)
    await enqueue(connection, [event_of(tenant_id, gone, deleted=True)])


async def _store_newest(connection: Connection, tenant_id: UUID, plans: Sequence[Plan]) -> None:
    await connection.execute(
        """
        insert into plan_revisions
            (tenant_id, plan_id, revision, valid_from, leader_id, state, agreed_by_employee_at,
             agreed_by_leader_at, document)
        select $1, *
        from unnest($2::uuid[], $3::int[], $4::date[], $5::uuid[], $6::text[], $7::timestamptz[],
                    $8::timestamptz[], $9::jsonb[])
        on conflict (tenant_id, plan_id, revision) do update
        set valid_from = excluded.valid_from, leader_id = excluded.leader_id,
            state = excluded.state, agreed_by_employee_at = excluded.agreed_by_employee_at,
            agreed_by_leader_at = excluded.agreed_by_leader_at, document = excluded.document
        """,
        tenant_id,
        [plan.id for plan in plans],
        *([getattr(plan.newest, column) for plan in plans] for column in _REVISION),
        [msgspec.json.encode(plan.newest.document).decode() for plan in plans],
    )


def _revision(row: Any) -> Revision:
    document = msgspec.json.decode(row["document"], type=Document)
    return Revision(**{**row, "document": document})

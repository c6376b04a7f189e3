"""Leaves in the database. Their events say the effect, never the kind."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from services.registry.leaves.rules import EFFECTS, Leave
from shared.contracts import LeaveChanged, LeaveEffect
from shared.db import Connection
from shared.messaging.outbox import enqueue

_COLUMNS: Final = "id, person_id, kind, valid_from, valid_until, version"
_ROWS: Final = "unnest($2::uuid[], $3::uuid[], $4::text[], $5::date[], $6::date[], $7::int[])"


async def find(
    connection: Connection, tenant_id: UUID, leave_id: UUID, *, lock: bool = False
) -> Leave | None:
    """One leave; with `lock` nobody else changes it meanwhile."""
    query = f"select {_COLUMNS} from leaves where tenant_id = $1 and id = $2"  # noqa: S608
    row = await connection.fetchrow(
        query + (" for no key update" if lock else ""), tenant_id, leave_id
    )
    return Leave(**row) if row else None


async def of_people(
    connection: Connection, tenant_id: UUID, person_ids: Collection[UUID], *, lock: bool = False
) -> list[Leave]:
    """All leaves of these people, oldest first; with `lock` nobody else changes them meanwhile."""
    query = f"""
        select {_COLUMNS} from leaves
        where tenant_id = $1 and person_id = any ($2) order by valid_from, id
    """  # noqa: S608
    rows = await connection.fetch(
        query + ("for no key update" if lock else ""),
        tenant_id,
        list(person_ids),
    )
    return [Leave(**row) for row in rows]


async def insert(connection: Connection, tenant_id: UUID, leaves: Sequence[Leave]) -> None:
    """Raises `asyncpg.ExclusionViolationError` where two of a person would overlap, and
    `asyncpg.ForeignKeyViolationError` for an unknown person."""
    ordered = sorted(leaves, key=lambda leave: (leave.person_id, leave.valid_from))
    await connection.execute(
        f"insert into leaves (tenant_id, {_COLUMNS}) select $1, * from {_ROWS}",  # noqa: S608
        tenant_id,
        *_columns(ordered),
    )
    await enqueue(connection, [_event(tenant_id, leave) for leave in ordered])


async def update(connection: Connection, tenant_id: UUID, leaves: Sequence[Leave]) -> list[Leave]:
    """Store kind and dates of leaves whose rows are locked; returns them with their versions
    raised. Raises like `insert`."""
    ordered = sorted(leaves, key=lambda leave: (leave.person_id, leave.valid_from))
    await connection.execute(
        f"""
        update leaves l
        set kind = n.kind, valid_from = n.valid_from, valid_until = n.valid_until,
            version = n.version + 1
        from {_ROWS} as n({_COLUMNS})
        where l.tenant_id = $1 and l.id = n.id
        """,  # noqa: S608
        tenant_id,
        *_columns(ordered),
    )
    stored = [replace(leave, version=leave.version + 1) for leave in ordered]
    await enqueue(connection, [_event(tenant_id, leave) for leave in stored])
    return stored


async def delete(connection: Connection, tenant_id: UUID, leave: Leave) -> None:
    """Delete a leave whose row is locked."""
    await connection.execute(
        "delete from leaves where tenant_id = $1 and id = $2", tenant_id, leave.id
    )
    gone = replace(leave, version=leave.version + 1)
    await enqueue(connection, [_event(tenant_id, gone, deleted=True)])


def _columns(leaves: Sequence[Leave]) -> list[list[object]]:
    return [[getattr(leave, name) for leave in leaves] for name in _COLUMNS.split(", ")]


def _event(tenant_id: UUID, leave: Leave, *, deleted: bool = False) -> LeaveChanged:
    return LeaveChanged(
        tenant_id=tenant_id,
        id=leave.id,
        version=leave.version,
        deleted=deleted,
        person_id=leave.person_id,
        effect=LeaveEffect(EFFECTS[leave.kind]),
        valid_from=leave.valid_from,
        valid_until=leave.valid_until,
    )

"""Assignments in the database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from services.registry.assignments.rules import Assignment
from shared.contracts import AssignmentChanged, AssignmentKind, Duty
from shared.db import Connection
from shared.messaging.outbox import enqueue

_COLUMNS: Final = (
    "id, person_id, unit_id, kind, valid_from, valid_until, duties, version, post_id, acting_as"
)
_ROWS: Final = f"""
unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::date[], $7::date[], $8::text[],
       $9::int[], $10::uuid[], $11::text[]) as n({_COLUMNS})
"""


async def find(
    connection: Connection, tenant_id: UUID, person_id: UUID, *, assignment_id: UUID
) -> Assignment | None:
    """One of a person's assignments; the lock on the person keeps it as it is."""
    row = await connection.fetchrow(
        f"""
        select {_COLUMNS} from assignments
        where tenant_id = $1 and id = $2 and person_id = $3
        """,  # noqa: S608
        tenant_id,
        assignment_id,
        person_id,
    )
    return _assignment(row) if row else None


async def of_people(
    connection: Connection, tenant_id: UUID, person_ids: Collection[UUID]
) -> list[Assignment]:
    """All assignments of these people, oldest first."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from assignments
        where tenant_id = $1 and person_id = any ($2) order by valid_from, id
        """,  # noqa: S608
        tenant_id,
        list(person_ids),
    )
    return [_assignment(row) for row in rows]


async def insert(
    connection: Connection, tenant_id: UUID, assignments: Sequence[Assignment]
) -> None:
    """Sorted by person: opposite orders of two writers would be a deadlock.

    Raises `asyncpg.ExclusionViolationError` where two definitive ones of a person would overlap,
    and `asyncpg.ForeignKeyViolationError` for an unknown unit, person or post of the unit.
    """
    ordered = sorted(assignments, key=lambda a: (a.person_id, a.valid_from))
    await connection.execute(
        f"""
        insert into assignments (tenant_id, {_COLUMNS})
        select $1, id, person_id, unit_id, kind, valid_from, valid_until,
               string_to_array(duties, ','), version, post_id, acting_as
        from {_ROWS}
        """,  # noqa: S608
        tenant_id,
        *_columns(ordered),
    )
    await enqueue(connection, [_event(tenant_id, assignment) for assignment in ordered])


async def update(
    connection: Connection, tenant_id: UUID, assignments: Sequence[Assignment]
) -> list[Assignment]:
    """Store unit, post, dates and duties of assignments whose people are locked; returns them
    with their versions raised. Raises like `insert`."""
    ordered = sorted(assignments, key=lambda a: (a.person_id, a.valid_from))
    await connection.execute(
        f"""
        update assignments a
        set unit_id = n.unit_id, valid_from = n.valid_from, valid_until = n.valid_until,
            duties = string_to_array(n.duties, ','), version = n.version + 1,
            post_id = n.post_id, acting_as = n.acting_as
        from {_ROWS}
        where a.tenant_id = $1 and a.id = n.id
        """,  # noqa: S608
        tenant_id,
        *_columns(ordered),
    )
    stored = [replace(assignment, version=assignment.version + 1) for assignment in ordered]
    await enqueue(connection, [_event(tenant_id, assignment) for assignment in stored])
    return stored


async def delete(connection: Connection, tenant_id: UUID, assignment: Assignment) -> None:
    """As if it had never been: for entries made by mistake."""
    await connection.execute(
        "delete from assignments where tenant_id = $1 and id = $2", tenant_id, assignment.id
    )
    gone = replace(assignment, version=assignment.version + 1)
    await enqueue(connection, [_event(tenant_id, gone, deleted=True)])


def _assignment(row: Mapping[str, Any]) -> Assignment:
    return Assignment(**{**row, "duties": tuple(row["duties"])})


def _columns(assignments: Sequence[Assignment]) -> list[list[object]]:
    return [
        [assignment.id for assignment in assignments],
        [assignment.person_id for assignment in assignments],
        [assignment.unit_id for assignment in assignments],
        [assignment.kind for assignment in assignments],
        [assignment.valid_from for assignment in assignments],
        [assignment.valid_until for assignment in assignments],
        # Arrays of arrays cannot be taken apart by rows; a duty's word holds no comma.
        [",".join(assignment.duties) for assignment in assignments],
        [assignment.version for assignment in assignments],
        [assignment.post_id for assignment in assignments],
        [assignment.acting_as for assignment in assignments],
    ]


def _event(tenant_id: UUID, assignment: Assignment, *, deleted: bool = False) -> AssignmentChanged:
    return AssignmentChanged(
        tenant_id=tenant_id,
        id=assignment.id,
        version=assignment.version,
        deleted=deleted,
        person_id=assignment.person_id,
        unit_id=assignment.unit_id,
        assignment_kind=AssignmentKind(assignment.kind),
        valid_from=assignment.valid_from,
        valid_until=assignment.valid_until,
        duties=tuple(Duty(duty) for duty in assignment.duties),
        post_id=assignment.post_id,
    )

"""SQL of the replica: versioned upserts, in any order and any number of times."""
# ruff: noqa: S608 - made of constants of this module, never of values

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from shared.contracts import (
    AssignmentChanged,
    Duty,
    EntityChanged,
    PersonChanged,
    ServiceChanged,
    TenantChanged,
    UnitChanged,
)
from shared.db import Connection

Change = TypeVar("Change", bound=EntityChanged)

_KEY = {"tenant_id", "id"}


def _upsert(table: str, columns: dict[str, str]) -> str:
    """The statement that takes arrays of ids, versions, deletions and ``columns`` (name to type),
    and writes what is newer."""
    types = {"tenant_id": "uuid", "id": "uuid", "version": "int", "deleted": "bool"} | columns
    arrays = ", ".join(f"${place}::{type_}[]" for place, type_ in enumerate(types.values(), 1))
    news = ", ".join(f"{name} = excluded.{name}" for name in types if name not in _KEY)
    return f"""
insert into {table} as t ({", ".join(types)}) select * from unnest({arrays})
on conflict (tenant_id, id) do update set {news} where excluded.version > t.version
"""


_TENANTS = _upsert("tenants", {"name": "text", "zone": "text"})
_UNITS = _upsert("units", {"parent_id": "uuid", "name": "text"})
_SERVICES = _upsert("services", {"name": "text"})
_PEOPLE = _upsert("people", {})
_ASSIGNMENTS = _upsert(
    "assignments",
    {
        "person_id": "uuid",
        "unit_id": "uuid",
        "head": "bool",
        "survey_officer": "bool",
        "valid_from": "date",
        "valid_until": "date",
    },
)


async def apply(connection: Connection, changes: Sequence[EntityChanged]) -> None:
    """Take over what is newer than the replica. The order of tables and rows is the same
    everywhere, so workers cannot deadlock."""
    tenants = _newest(changes, TenantChanged)
    await _write(
        connection, _TENANTS, tenants, [t.name for t in tenants], [t.zone for t in tenants]
    )
    units = _newest(changes, UnitChanged)
    await _write(connection, _UNITS, units, [u.parent_id for u in units], [u.name for u in units])
    services = _newest(changes, ServiceChanged)
    await _write(connection, _SERVICES, services, [service.name for service in services])
    await _write(connection, _PEOPLE, _newest(changes, PersonChanged))
    assignments = _newest(changes, AssignmentChanged)
    await _write(
        connection,
        _ASSIGNMENTS,
        assignments,
        [a.person_id for a in assignments],
        [a.unit_id for a in assignments],
        [Duty.HEAD in a.duties for a in assignments],
        [Duty.SURVEY_OFFICER in a.duties for a in assignments],
        [a.valid_from for a in assignments],
        [a.valid_until for a in assignments],
    )


def _newest(changes: Iterable[EntityChanged], kind: type[Change]) -> list[Change]:
    newest: dict[tuple[UUID, UUID], Change] = {}
    for change in changes:
        if isinstance(change, kind):
            key = (change.tenant_id, change.id)
            if key not in newest or newest[key].version < change.version:
                newest[key] = change
    return [newest[key] for key in sorted(newest)]


async def _write(
    connection: Connection, statement: str, changes: Sequence[EntityChanged], *columns: list[Any]
) -> None:
    if changes:
        await connection.execute(
            statement,
            [change.tenant_id for change in changes],
            [change.id for change in changes],
            [change.version for change in changes],
            [change.deleted for change in changes],
            *columns,
        )

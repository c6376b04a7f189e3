"""SQL of the replica: versioned upserts that say what moved."""
# ruff: noqa: S608 - made of constants of this module, never of values

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from shared.contracts import (
    AssignmentChanged,
    AssignmentKind,
    EntityChanged,
    PersonChanged,
    SatisfactionPolicyChanged,
    ServiceChanged,
    TenantChanged,
    UnitChanged,
)
from shared.db import Connection

REPLICA_LOCK = 7_311_001
"""Advisory lock: exclusive while the replica changes, shared while facts are attributed by it."""

ALWAYS = date(1900, 1, 1)


class Moved(NamedTuple):
    """What a change may have moved: ``kind`` is that of ``recounts``, from ``from_day`` on."""

    tenant_id: UUID
    kind: str
    subject_id: UUID
    from_day: date


Change = TypeVar("Change", bound=EntityChanged)

_KEY = {"tenant_id", "id"}


def _upsert(table: str, columns: dict[str, str], returning: str = "") -> str:
    """The statement that takes arrays of ids, versions, deletions and ``columns`` (name to type),
    and writes what is newer."""
    types = {"tenant_id": "uuid", "id": "uuid", "version": "int", "deleted": "bool"} | columns
    arrays = ", ".join(f"${place}::{type_}[]" for place, type_ in enumerate(types.values(), 1))
    news = ", ".join(f"{name} = excluded.{name}" for name in types if name not in _KEY)
    return f"""
insert into {table} as t ({", ".join(types)}) select * from unnest({arrays})
on conflict (tenant_id, id) do update set {news} where excluded.version > t.version
{f"returning new.tenant_id, {returning}" if returning else ""}
"""


_UPSERT_TENANTS = _upsert(
    "tenants", {"zone": "text"}, "old.zone is distinct from new.zone as moved"
)
_UPSERT_UNITS = _upsert(
    "units",
    {"parent_id": "uuid"},
    "new.id, old.id is null as first,"
    " old.id is null or old.parent_id is distinct from new.parent_id as replanted",
)
_UPSERT_SERVICES = _upsert("services", {}, "new.id, old.id is null as first")
_UPSERT_PEOPLE = _upsert("people", {})
_UPSERT_ASSIGNMENTS = _upsert(
    "assignments",
    {
        "person_id": "uuid",
        "unit_id": "uuid",
        "definitive": "bool",
        "valid_from": "date",
        "valid_until": "date",
    },
    "old.person_id as old_person, old.valid_from as old_from,"
    " new.person_id as new_person, new.valid_from as new_from",
)
_UPSERT_POLICIES = _upsert(
    "satisfaction_policies",
    {
        "unit_id": "uuid",
        "valid_from": "date",
        "weight_decimals": "smallint",
        "switched_off": "jsonb",
        "minimum_sample": "int",
        "shrinkage": "int",
    },
    "old.id is not null as had, old.unit_id as old_unit, old.valid_from as old_from,"
    " new.unit_id as new_unit, new.valid_from as new_from",
)


async def apply(connection: Connection, changes: Sequence[EntityChanged]) -> set[Moved]:
    """Take over what is newer than the replica, in any order and any number of times.

    Waits for every count in hand and keeps new ones out until the transaction ends: a fact and the
    entity it waits for cannot miss each other.
    """
    await connection.execute("select pg_advisory_xact_lock($1)", REPLICA_LOCK)
    moved = await _apply_tenants(connection, _newest(changes, TenantChanged))
    moved |= await _apply_units(connection, _newest(changes, UnitChanged))
    moved |= await _apply_services(connection, _newest(changes, ServiceChanged))
    await connection.execute(_UPSERT_PEOPLE, *_keys(_newest(changes, PersonChanged)))
    moved |= await _apply_assignments(connection, _newest(changes, AssignmentChanged))
    return moved | await _apply_policies(connection, _newest(changes, SatisfactionPolicyChanged))


def _newest(changes: Iterable[EntityChanged], kind: type[Change]) -> list[Change]:
    newest: dict[tuple[UUID, UUID], Change] = {}
    for change in changes:
        if isinstance(change, kind):
            key = (change.tenant_id, change.id)
            if key not in newest or newest[key].version < change.version:
                newest[key] = change
    return [newest[key] for key in sorted(newest)]


def _keys(changes: Sequence[EntityChanged]) -> tuple[list[Any], ...]:
    return (
        [change.tenant_id for change in changes],
        [change.id for change in changes],
        [change.version for change in changes],
        [change.deleted for change in changes],
    )


async def _apply_tenants(connection: Connection, changes: list[TenantChanged]) -> set[Moved]:
    if not changes:
        return set()
    rows = await connection.fetch(_UPSERT_TENANTS, *_keys(changes), [c.zone for c in changes])
    return {
        Moved(row["tenant_id"], "tenant", row["tenant_id"], ALWAYS) for row in rows if row["moved"]
    }


async def _apply_units(connection: Connection, changes: list[UnitChanged]) -> set[Moved]:
    if not changes:
        return set()
    rows = await connection.fetch(_UPSERT_UNITS, *_keys(changes), [c.parent_id for c in changes])
    return {
        Moved(row["tenant_id"], kind, row["id"], ALWAYS)
        for row in rows
        for kind, concerned in (("unit", row["first"]), ("policy", row["replanted"]))
        if concerned
    }


async def _apply_services(connection: Connection, changes: list[ServiceChanged]) -> set[Moved]:
    if not changes:
        return set()
    rows = await connection.fetch(_UPSERT_SERVICES, *_keys(changes))
    return {Moved(row["tenant_id"], "service", row["id"], ALWAYS) for row in rows if row["first"]}


async def _apply_assignments(
    connection: Connection, changes: list[AssignmentChanged]
) -> set[Moved]:
    if not changes:
        return set()
    rows = await connection.fetch(
        _UPSERT_ASSIGNMENTS,
        *_keys(changes),
        [change.person_id for change in changes],
        [change.unit_id for change in changes],
        [change.assignment_kind is AssignmentKind.DEFINITIVE for change in changes],
        [change.valid_from for change in changes],
        [change.valid_until for change in changes],
    )
    return {
        Moved(row["tenant_id"], "officer", row[f"{side}_person"], row[f"{side}_from"])
        for row in rows
        for side in ("old", "new")
        if row[f"{side}_person"] is not None
    }


async def _apply_policies(
    connection: Connection, changes: list[SatisfactionPolicyChanged]
) -> set[Moved]:
    if not changes:
        return set()
    rows = await connection.fetch(
        _UPSERT_POLICIES,
        *_keys(changes),
        [change.unit_id for change in changes],
        [change.valid_from for change in changes],
        [change.weight_decimals for change in changes],
        [
            json.dumps([off.model_dump(mode="json") for off in change.switched_off])
            for change in changes
        ],
        [change.minimum_sample for change in changes],
        [change.shrinkage for change in changes],
    )
    return {
        Moved(
            row["tenant_id"], "policy", row[f"{side}_unit"] or row["tenant_id"], row[f"{side}_from"]
        )
        for row in rows
        for side in (("old", "new") if row["had"] else ("new",))
    }

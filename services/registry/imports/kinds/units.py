"""Units from files, and back."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from uuid import UUID

from services.registry.access import no_tenant
from services.registry.imports import store as imports
from services.registry.imports.kind import Kind, Storing
from services.registry.imports.kinds.unit_rules import (
    LONGEST_WORD,
    UnitPlan,
    plan_units,
)
from services.registry.imports.matching import UnitBook
from services.registry.imports.refusals import overtaken
from services.registry.imports.rules import Column, Sheet
from services.registry.locks import lock_all
from services.registry.units import store as units
from services.registry.units.rules import Unit
from shared.db import Connection, uuid7

_COLUMNS = (
    Column(
        "code",
        "Kode unit",
        "Unit code",
        "wajib, unik / required, unique",
        ("code", "kode", "kode unit kerja", "kode opd", "kode skpd"),
        longest=LONGEST_WORD,
    ),
    Column(
        "name",
        "Nama unit",
        "Unit name",
        "wajib / required",
        ("name", "nama", "nama unit kerja", "nama opd", "unit kerja"),
    ),
    Column(
        "kind",
        "Jenis unit",
        "Kind of unit",
        "misalnya dinas, kecamatan / such as dinas, kecamatan",
        ("kind", "type", "jenis", "tipe", "kategori"),
        longest=LONGEST_WORD,
    ),
    Column(
        "parent",
        "Unit induk",
        "Parent unit",
        "kode, nama atau alias; kosong: unit teratas / code, name or alias; empty: a top unit",
        ("parent", "parent code", "induk", "kode induk", "kode unit induk", "kode atasan"),
    ),
)


async def _lock(connection: Connection, tenant_id: UUID) -> None:
    await lock_all(connection, tenant_id, "units")


async def _known(connection: Connection, tenant_id: UUID, _: Sheet) -> list[Unit]:
    return await units.lock_every(connection, tenant_id)


async def _store(connection: Connection, tenant_id: UUID, plan: UnitPlan, storing: Storing) -> None:
    # In one piece: parents may come after their children, which one statement does not mind.
    if plan.new:
        await units.insert(connection, tenant_id, plan.new)
        storing.tell(len(plan.new))
    for part in storing.slices(plan.altered):
        await units.update(connection, tenant_id, part)


async def _export(connection: Connection, tenant_id: UUID, on: date) -> list[Mapping[str, str]]:
    every = await units.lock_every(connection, tenant_id)
    stored = [unit.shown_on(on) for unit in every if unit.state_on(on)]
    book = UnitBook(await imports.unit_words(connection, tenant_id))
    return [
        {
            "code": book.word_for(unit.id),
            "name": unit.name,
            "kind": unit.kind,
            "parent": book.word_for(unit.parent_id) if unit.parent_id else "",
        }
        for unit in stored
    ]


UNITS = Kind(
    name="units",
    columns=_COLUMNS,
    required=(frozenset({"code"}), frozenset({"name"})),
    refusals={
        "uq_units_tenant_id_code": overtaken,
        "fk_units_tenant_id_parent_id_units": overtaken,
        "fk_units_tenant_id_tenants": no_tenant,
    },
    lock=_lock,
    known=_known,
    plan=partial(plan_units, new_id=uuid7),
    store=_store,
    writes=lambda plan: len(plan.new) + len(plan.altered),
    export=_export,
)

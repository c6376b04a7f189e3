"""Policies from files, and back: one line for each field that is said."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from uuid import UUID

from services.registry.imports import store as imports
from services.registry.imports.cells import parsed_date
from services.registry.imports.days import FIRST
from services.registry.imports.entities import EntityPlan, storing_by, writes
from services.registry.imports.kind import MOST_EXPORTED, Kind, Storing
from services.registry.imports.kinds.policy_rules import KnownPolicies, plan_policies, rows_of
from services.registry.imports.kinds.policy_values import TOPIC
from services.registry.imports.matching import UnitBook
from services.registry.imports.rules import CellRefused, Column, Sheet
from services.registry.locks import lock_all
from services.registry.periods import store as periods
from services.registry.periods.rules import CLOSED
from services.registry.policies import store as policies
from services.registry.policies.api import REFUSALS
from services.registry.policies.checks import refuse_closed
from services.registry.policies.store import Policy
from services.registry.units import store as units
from shared.db import Connection, uuid7

_COLUMNS = (
    Column(
        "unit",
        "Unit kerja",
        "Unit",
        "kode, nama atau alias; kosong: semua / code, name or alias; empty: the whole tenant",
        ("unit code", "kode unit", "kode unit kerja", "opd"),
    ),
    Column(
        "topic", "Hal", "Topic", TOPIC.words(), ("policy", "kebijakan", "jenis kebijakan", "topik")
    ),
    FIRST,
    Column(
        "field",
        "Pengaturan",
        "Field",
        "nama pengaturan / its name: first_answer, staff, themes",
        ("nama pengaturan", "parameter"),
    ),
    Column(
        "value",
        "Nilai",
        "Value",
        "3; ya; atasan 50; rekan 30; masyarakat 20",
        ("isi", "nilai pengaturan"),
        longest=1_000,
    ),
)


async def _lock(connection: Connection, tenant_id: UUID) -> None:
    await lock_all(connection, tenant_id, "policies")


async def _known(connection: Connection, tenant_id: UUID, sheet: Sheet) -> KnownPolicies:
    stored = await policies.page(connection, tenant_id, after=None, limit=MOST_EXPORTED)
    words = await imports.unit_words(connection, tenant_id)
    days = {policy.valid_from for policy in stored} | _days(sheet)
    every = await periods.page(connection, tenant_id, after=None, limit=MOST_EXPORTED)
    ids = [word.id for word in words]
    return KnownPolicies(
        stored,
        UnitBook(words),
        [period for period in every if period.state == CLOSED],
        {day: await units.paths(connection, tenant_id, ids, on=day) for day in days},
    )


def _days(sheet: Sheet) -> set[date]:
    days = set()
    for text in {row["from"] for row in sheet.rows} - {""}:
        try:
            days.add(parsed_date(text))
        except CellRefused:
            continue
    return days


_write = storing_by(policies.insert, policies.update)


async def _store(
    connection: Connection, tenant_id: UUID, plan: EntityPlan[Policy], storing: Storing
) -> None:
    await _write(connection, tenant_id, plan, storing)
    # A period may have been closed since the rows were checked.
    await refuse_closed(connection, tenant_id, [*plan.new, *plan.altered])


async def _export(connection: Connection, tenant_id: UUID, _: date) -> list[Mapping[str, str]]:
    stored = await policies.page(connection, tenant_id, after=None, limit=MOST_EXPORTED)
    return [*rows_of(stored, UnitBook(await imports.unit_words(connection, tenant_id)))]


POLICIES = Kind(
    name="policies",
    columns=_COLUMNS,
    required=tuple(frozenset({name}) for name in ("topic", "from", "field", "value")),
    refusals=REFUSALS,
    lock=_lock,
    known=_known,
    plan=partial(plan_policies, new_id=uuid7),
    store=_store,
    writes=writes,
    export=_export,
)

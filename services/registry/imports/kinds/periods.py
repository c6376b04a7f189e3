"""Evaluation periods from files, and back."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from services.registry.access import no_tenant
from services.registry.imports.days import FIRST, LAST, last_text
from services.registry.imports.entities import one_by_one, storing_by, writes
from services.registry.imports.kind import MOST_EXPORTED, Kind
from services.registry.imports.kinds.period_rules import (
    KIND_TEXTS,
    KnownPeriods,
    closing_text,
    plan_periods,
)
from services.registry.imports.rules import Column, Sheet
from services.registry.locks import lock_rows
from services.registry.periods import store as periods
from services.registry.periods.rules import Period
from services.registry.tenants import store as tenants
from shared.db import Connection, uuid7

_COLUMNS = (
    Column(
        "kind",
        "Jenis periode",
        "Kind of period",
        "wajib: bulanan, triwulanan, tahunan / required: monthly, quarterly, yearly",
        ("kind", "jenis", "periode", "type"),
    ),
    FIRST,
    LAST,
    Column(
        "closes",
        "Batas penutupan",
        "Closes",
        "hari terakhir yang tepat waktu, atau tanggal dan jam / last day in time, or date and time",
        ("closes at", "ditutup", "penutupan", "batas waktu", "tenggat"),
    ),
)


async def _known(connection: Connection, tenant_id: UUID, _: Sheet | None = None) -> KnownPeriods:
    tenant = await tenants.find(connection, tenant_id)
    if tenant is None:
        raise no_tenant()
    stored = await periods.page(connection, tenant_id, after=None, limit=MOST_EXPORTED)
    return KnownPeriods(stored, ZoneInfo(tenant.zone))


async def _insert(connection: Connection, tenant_id: UUID, new: Sequence[Period]) -> None:
    # A period that somebody else has begun meanwhile is the same period.
    await periods.insert(connection, tenant_id, new)


async def _export(connection: Connection, tenant_id: UUID, _: date) -> list[Mapping[str, str]]:
    known = await _known(connection, tenant_id)
    return [
        {
            "kind": KIND_TEXTS[period.kind],
            "from": period.starts_on.isoformat(),
            "until": last_text(period.ends_on),
            "closes": closing_text(period, known.zone),
        }
        for period in known.periods
    ]


PERIODS = Kind(
    name="periods",
    columns=_COLUMNS,
    required=(frozenset({"kind"}), frozenset({"from"})),
    refusals={},
    lock=partial(lock_rows, table="periods"),
    known=_known,
    plan=partial(plan_periods, new_id=uuid7),
    store=storing_by(_insert, one_by_one(periods.update)),
    writes=writes,
    export=_export,
)

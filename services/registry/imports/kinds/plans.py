"""Plans (SKP) from files, and back: how those of e-Kinerja come in."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import partial
from uuid import UUID

from services.registry.goals import store as goals
from services.registry.imports import store as imports
from services.registry.imports.entities import writes
from services.registry.imports.kind import MOST_EXPORTED, Kind, Storing
from services.registry.imports.kinds.indicator_words import MEASURED_COLUMNS
from services.registry.imports.kinds.plan_rows import KnownPlans, Results, rows_of
from services.registry.imports.kinds.plan_rules import PlansPlan, plan_plans
from services.registry.imports.matching import NameBook, Named, PersonBook, people_named
from services.registry.imports.person_columns import PERSON, PERSON_NAME
from services.registry.imports.refusals import overtaken
from services.registry.imports.rules import Column, Sheet
from services.registry.indicators import store as indicators
from services.registry.locks import lock_all
from services.registry.people import store as people
from services.registry.periods import store as periods
from services.registry.periods.rules import Period
from services.registry.plans import store as plans
from services.registry.plans.rules import Plan
from services.registry.reporting_lines import store as lines
from services.registry.reporting_lines.rules import Line
from shared.db import Connection, uuid7

_COLUMNS = (
    PERSON,
    PERSON_NAME,
    Column(
        "period_kind",
        "Jenis periode",
        "Kind of period",
        "bulanan, triwulanan, tahunan; kosong: tahunan / empty: yearly",
    ),
    Column(
        "period",
        "Periode (hari pertama)",
        "Period (first day)",
        "wajib / required: 2026-01-01, 1 Januari 2026, 2026",
        ("periode", "awal periode", "tahun", "period", "year"),
    ),
    Column(
        "valid_from",
        "Berlaku sejak",
        "In force from",
        "kosong: hari pertama periode / empty: the period's first day",
    ),
    Column(
        "main",
        "Utama / tambahan",
        "Main or additional",
        "kosong: utama / empty: main",
        ("jenis hasil kerja", "jenis", "kategori", "hasil kerja utama/tambahan"),
    ),
    Column(
        "serves",
        "Hasil kerja pimpinan yang diintervensi",
        "Result of the leader it serves",
        "atau sasaran daerah / or a goal of the region",
        (
            "rencana hasil kerja pimpinan yang diintervensi",
            "rencana hasil kerja atasan yang diintervensi",
            "hasil kerja atasan",
            "hasil kerja pimpinan",
        ),
        longest=500,
    ),
    Column(
        "goal",
        "Sasaran daerah",
        "Goal of the region",
        "kosong jika mendukung hasil kerja pimpinan / empty where a leader's result is served",
        ("sasaran", "tujuan daerah"),
    ),
    Column(
        "result",
        "Hasil kerja",
        "Result",
        "wajib / required",
        ("rencana hasil kerja", "rhk", "hasil kerja yang diharapkan"),
        longest=500,
    ),
    Column(
        "indicator",
        "Indikator kinerja individu",
        "Indicator",
        "satu baris per indikator / one row for each",
        ("indikator", "iki", "indikator kinerja"),
        longest=500,
    ),
    *MEASURED_COLUMNS,
    Column(
        "measured_by",
        "Angka dari indikator instansi",
        "Figures from indicator",
        "namanya; kosong: dilaporkan pegawai / its name; empty: the person reports",
        ("indikator instansi",),
    ),
)


async def _lock(connection: Connection, tenant_id: UUID) -> None:
    await lock_all(connection, tenant_id, "plans")


async def _known(connection: Connection, tenant_id: UUID, sheet: Sheet) -> KnownPlans:
    book = PersonBook(await imports.person_words(connection, tenant_id))
    named = people_named(book, sheet, "person")
    every = await periods.page(connection, tenant_id, after=None, limit=MOST_EXPORTED)
    held = await lines.of_people(connection, tenant_id, named)
    found = await plans.of_periods(
        connection,
        tenant_id,
        {period.id for period in every},
        person_ids=named | {line.assessor_id for line in held},
    )
    return await _gathered(connection, tenant_id, book, every=every, held=held, found=found)


async def _gathered(
    connection: Connection,
    tenant_id: UUID,
    book: PersonBook,
    *,
    every: list[Period],
    held: list[Line],
    found: list[Plan],
) -> KnownPlans:
    reached = await goals.page(connection, tenant_id, after=None, limit=MOST_EXPORTED)
    measured = await indicators.page(connection, tenant_id, after=None, limit=MOST_EXPORTED)
    # None of these is deleted before the plans name them.
    await goals.hold(connection, tenant_id, {each.id for each in reached})
    by_id = await indicators.hold(connection, tenant_id, {each.id for each in measured})
    return KnownPlans(
        book,
        every,
        held,
        found,
        _book(((each.id, each.name) for each in reached), kind="goals"),
        _book(((each.id, each.name) for each in measured), kind="indicators"),
        by_id,
    )


def _book(named: Iterable[tuple[UUID, str]], *, kind: str) -> NameBook:
    return NameBook([Named(each, None, (name,)) for each, name in named], kind=kind)


async def _store(
    connection: Connection, tenant_id: UUID, plan: PlansPlan, storing: Storing
) -> None:
    for altered in storing.slices(plan.altered):
        await _claim(connection, tenant_id, altered)
        await plans.update(connection, tenant_id, altered)
    for new in storing.slices(plan.new):
        await plans.insert(connection, tenant_id, new)
        await _claim(connection, tenant_id, new)


async def _claim(connection: Connection, tenant_id: UUID, stored: Collection[Plan]) -> None:
    """New parts have new ids, and the others belonged to the same plan before."""
    taken = await plans.claim_parts(connection, tenant_id, list(stored))
    assert not taken


async def _export(connection: Connection, tenant_id: UUID, on: date) -> list[Mapping[str, str]]:
    """The newest revisions of the plans for the periods that the day is in."""
    book = PersonBook(await imports.person_words(connection, tenant_id))
    of_day = await periods.page(connection, tenant_id, after=None, limit=MOST_EXPORTED, on=on)
    found = await plans.of_periods(connection, tenant_id, {period.id for period in of_day})
    known = await _gathered(connection, tenant_id, book, every=of_day, held=[], found=found)
    stored = {(plan.person_id, plan.period_id): plan for plan in found}
    by_id = {period.id: period for period in of_day}
    names = await people.names(connection, tenant_id, {plan.person_id for plan in found})
    rows: list[Mapping[str, str]] = []
    for plan in found:
        leader = stored.get((plan.newest.leader_id, plan.period_id))
        led = Results(leader.newest.document.results if leader else (), leader)
        name = {"person_name": names[plan.person_id]}
        rows += [row | name for row in rows_of(plan, by_id[plan.period_id], known, led)]
    return rows


PLANS = Kind(
    name="plans",
    columns=_COLUMNS,
    required=(frozenset({"person"}), frozenset({"period"}), frozenset({"result"})),
    refusals={"uq_plans_tenant_id_person_id_period_id": overtaken},
    lock=_lock,
    known=_known,
    plan=partial(plan_plans, new_id=uuid7),
    store=_store,
    writes=writes,
    export=_export,
)

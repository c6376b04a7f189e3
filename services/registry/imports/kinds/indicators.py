"""Indicators from files, and back."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from uuid import UUID

from services.registry.access import no_tenant
from services.registry.imports import store as imports
from services.registry.imports.days import FIRST, LAST
from services.registry.imports.entities import storing_by, writes
from services.registry.imports.kind import MOST_EXPORTED, Kind
from services.registry.imports.kinds.indicator_rules import (
    KnownIndicators,
    plan_indicators,
    texts_of,
)
from services.registry.imports.kinds.indicator_words import MEASURED_COLUMNS
from services.registry.imports.matching import NameBook, Named, PersonBook, UnitBook
from services.registry.imports.refusals import overtaken
from services.registry.imports.rules import Column, Sheet
from services.registry.indicators import store as indicators
from services.registry.locks import lock_all
from services.registry.offerings import store as offerings
from shared.db import Connection, uuid7

_COLUMNS = (
    Column(
        "name",
        "Indikator",
        "Indicator",
        "wajib / required",
        ("name", "nama", "nama indikator", "indikator kinerja"),
    ),
    Column(
        "source",
        "Sumber data",
        "Source",
        "durasi kunjungan, persentase tepat waktu, jumlah layanan, tanggapan pertama pengaduan, "
        "persentase pengaduan selesai, kepuasan masyarakat, laporan, kehadiran, inovasi, "
        "pengukuran",
        ("sumber",),
    ),
    *MEASURED_COLUMNS,
    Column(
        "bands",
        "Nilai per rentang",
        "Bands",
        "sampai sebelum / to before: .. 50 = 60; 50 .. = 100",
        ("rentang nilai",),
        longest=2_000,
    ),
    Column("theme", "Tema", "Theme", "misalnya disiplin / such as disiplin"),
    Column("weight", "Bobot", "Weight", "kosong: 1 / empty: 1"),
    Column("service", "Layanan", "Service", "nama layanan / its name", ("jenis layanan",)),
    Column(
        "unit",
        "Berlaku di unit",
        "Applies to unit",
        "kode, nama atau alias; kosong: semua / code, name or alias; empty: all",
        ("unit kerja", "opd", "kode unit", "kode unit kerja"),
    ),
    Column(
        "post_kind",
        "Untuk jenis jabatan",
        "For posts of kind",
        "struktural, fungsional, pelaksana; kosong: semua / empty: all",
        ("jenis jabatan",),
    ),
    Column(
        "person",
        "Untuk pegawai",
        "For person",
        "NIP atau ID pegawai; kosong: semua / NIP or employee id; empty: all",
        ("nip", "pegawai", "id pegawai"),
    ),
    FIRST,
    LAST,
)


async def _lock(connection: Connection, tenant_id: UUID) -> None:
    await lock_all(connection, tenant_id, "indicators")
    # As strongly as a change over HTTP: no plan names one meanwhile.
    await indicators.lock_every(connection, tenant_id)


async def _known(
    connection: Connection, tenant_id: UUID, _: Sheet | None = None
) -> KnownIndicators:
    services = await offerings.page(connection, tenant_id, after=None, limit=MOST_EXPORTED)
    return KnownIndicators(
        await indicators.page(connection, tenant_id, after=None, limit=MOST_EXPORTED),
        await indicators.planned(connection, tenant_id),
        UnitBook(await imports.unit_words(connection, tenant_id)),
        PersonBook(await imports.person_words(connection, tenant_id)),
        NameBook([Named(each.id, None, (each.name,)) for each in services], kind="services"),
    )


async def _export(connection: Connection, tenant_id: UUID, _: date) -> list[Mapping[str, str]]:
    known = await _known(connection, tenant_id)
    return [texts_of(indicator, known) for indicator in known.indicators]


INDICATORS = Kind(
    name="indicators",
    columns=_COLUMNS,
    required=(frozenset({"name"}), frozenset({"from"})),
    refusals={
        "fk_indicators_tenant_id_unit_id_units": overtaken,
        "fk_indicators_tenant_id_service_id_services": overtaken,
        "fk_indicators_tenant_id_person_id_people": overtaken,
        "fk_indicators_tenant_id_tenants": no_tenant,
    },
    lock=_lock,
    known=_known,
    plan=partial(plan_indicators, new_id=uuid7),
    store=storing_by(indicators.insert, indicators.update),
    writes=writes,
    export=_export,
)

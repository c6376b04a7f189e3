"""Services from files, and back."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from uuid import UUID

from services.registry.access import no_tenant
from services.registry.imports import store as imports
from services.registry.imports.kind import MOST_EXPORTED, Kind, Storing
from services.registry.imports.kinds.offering_rules import (
    KnownOfferings,
    OfferingPlan,
    plan_offerings,
    texts_of,
)
from services.registry.imports.matching import UnitBook
from services.registry.imports.refusals import overtaken
from services.registry.imports.rules import Column, Sheet
from services.registry.locks import lock_all
from services.registry.offerings import store as offerings
from shared.db import Connection, uuid7

_COLUMNS = (
    Column(
        "name",
        "Nama layanan",
        "Service",
        "wajib, unik / required, unique",
        ("name", "nama", "layanan", "jenis layanan", "service name"),
    ),
    Column(
        "standard_minutes",
        "Standar (menit)",
        "Standard (minutes)",
        "waktu yang dijanjikan sejak berkas lengkap / promised time from a complete file",
        ("menit", "minutes", "standar menit", "waktu menit"),
    ),
    Column(
        "standard_working_days",
        "Standar (hari kerja)",
        "Standard (working days)",
        "menit atau hari kerja, tidak keduanya / minutes or working days, not both",
        ("hari kerja", "working days", "standar hari kerja", "waktu hari kerja"),
    ),
    Column(
        "cost_rupiah",
        "Biaya (rupiah)",
        "Cost (rupiah)",
        "0 atau gratis / 0 or free",
        ("biaya", "tarif", "cost", "biaya tarif"),
    ),
    Column(
        "requirements",
        "Persyaratan",
        "Requirements",
        "dipisahkan dengan ; / separated by ;",
        ("syarat",),
        longest=26_000,
    ),
    Column("description", "Keterangan", "Description", "", ("uraian",), longest=4_000),
    Column(
        "unit_ids",
        "Unit penyelenggara",
        "Offered by",
        "kode, nama atau alias, dipisahkan dengan ; / codes, names or aliases, separated by ;",
        ("unit", "unit kerja", "units", "opd"),
        longest=10_000,
    ),
)


async def _lock(connection: Connection, tenant_id: UUID) -> None:
    await lock_all(connection, tenant_id, "services")


async def _known(connection: Connection, tenant_id: UUID, _: Sheet | None = None) -> KnownOfferings:
    return KnownOfferings(
        await offerings.page(connection, tenant_id, after=None, limit=MOST_EXPORTED),
        UnitBook(await imports.unit_words(connection, tenant_id)),
    )


async def _store(
    connection: Connection, tenant_id: UUID, plan: OfferingPlan, storing: Storing
) -> None:
    for new in storing.slices(plan.new):
        for offering in new:
            await offerings.insert(connection, tenant_id, offering)
    for altered in storing.slices(plan.altered):
        for offering in altered:
            await offerings.update(connection, tenant_id, offering)


async def _export(connection: Connection, tenant_id: UUID, _: date) -> list[Mapping[str, str]]:
    known = await _known(connection, tenant_id)
    return [texts_of(offering, known.units) for offering in known.offerings]


SERVICES = Kind(
    name="services",
    columns=_COLUMNS,
    required=(frozenset({"name"}),),
    refusals={
        "uq_services_tenant_id_name": overtaken,
        "fk_service_units_tenant_id_unit_id_units": overtaken,
        "fk_services_tenant_id_tenants": no_tenant,
    },
    lock=_lock,
    known=_known,
    plan=partial(plan_offerings, new_id=uuid7),
    store=_store,
    writes=lambda plan: len(plan.new) + len(plan.altered),
    export=_export,
)

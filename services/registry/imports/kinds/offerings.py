"""Services from files, and back."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from uuid import UUID

from services.registry.imports.kind import MOST_EXPORTED, Kind, Storing
from services.registry.imports.kinds.offering_rules import OfferingPlan, plan_offerings
from services.registry.imports.refusals import no_tenant, overtaken
from services.registry.imports.rules import Column, Sheet
from services.registry.locks import lock_all
from services.registry.offerings import store as offerings
from services.registry.offerings.rules import Offering
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
        ("menit", "minutes", "standar menit", "waktu menit", "standard minutes"),
    ),
)


async def _lock(connection: Connection, tenant_id: UUID) -> None:
    await lock_all(connection, tenant_id, "services")


async def _known(connection: Connection, tenant_id: UUID, _: Sheet) -> list[Offering]:
    return await offerings.page(connection, tenant_id, after=None, limit=MOST_EXPORTED)


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
    stored = await offerings.page(connection, tenant_id, after=None, limit=MOST_EXPORTED)
    return [
        {
            "name": offering.name,
            "standard_minutes": str(offering.standard_minutes or ""),
        }
        for offering in stored
    ]


SERVICES = Kind(
    name="services",
    columns=_COLUMNS,
    required=(frozenset({"name"}),),
    refusals={
        "uq_services_tenant_id_name": overtaken,
        "fk_services_tenant_id_tenants": no_tenant,
    },
    lock=_lock,
    known=_known,
    plan=partial(plan_offerings, new_id=uuid7),
    store=_store,
    writes=lambda plan: len(plan.new) + len(plan.altered),
    export=_export,
)

"""Training programmes from files, and back."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from uuid import UUID

from services.registry.access import no_tenant
from services.registry.competences import store as competences
from services.registry.imports.days import FIRST, LAST
from services.registry.imports.entities import one_by_one, storing_by, writes
from services.registry.imports.kind import MOST_EXPORTED, Kind
from services.registry.imports.kinds.programme_rules import (
    KnownProgrammes,
    plan_programmes,
    texts_of,
)
from services.registry.imports.matching import NameBook, Named
from services.registry.imports.refusals import overtaken
from services.registry.imports.rules import Column, Sheet
from services.registry.locks import lock_rows
from services.registry.training import store as training
from shared.db import Connection, uuid7

_COLUMNS = (
    Column(
        "name",
        "Pelatihan",
        "Programme",
        "wajib / required",
        ("name", "nama", "nama pelatihan", "nama diklat", "diklat"),
    ),
    Column(
        "provider",
        "Penyelenggara",
        "Provider",
        "wajib / required",
        ("lembaga", "lembaga penyelenggara"),
    ),
    FIRST,
    LAST,
    Column("places", "Kuota", "Places", "kosong: tanpa batas / empty: no limit", ("peserta",)),
    Column(
        "competence_ids",
        "Untuk kompetensi",
        "For competences",
        "kode atau nama, dipisahkan dengan ; / codes or names, separated by ;",
        ("kompetensi", "competences", "kode kompetensi"),
        longest=10_000,
    ),
)


async def _known(
    connection: Connection, tenant_id: UUID, _: Sheet | None = None
) -> KnownProgrammes:
    catalogue = await competences.page(connection, tenant_id, after=None, limit=MOST_EXPORTED)
    return KnownProgrammes(
        await training.page(connection, tenant_id, after=None, limit=MOST_EXPORTED),
        NameBook(
            [Named(each.id, each.code, (each.name,)) for each in catalogue], kind="competences"
        ),
    )


async def _export(connection: Connection, tenant_id: UUID, _: date) -> list[Mapping[str, str]]:
    known = await _known(connection, tenant_id)
    return [texts_of(programme, known.competences) for programme in known.programmes]


PROGRAMMES = Kind(
    name="programmes",
    columns=_COLUMNS,
    required=(frozenset({"name"}), frozenset({"from"})),
    refusals={
        "uq_programmes_tenant_id_name_starts_on": overtaken,
        "fk_programme_competences_tenant_id_competence_id_competences": overtaken,
        "fk_programmes_tenant_id_tenants": no_tenant,
    },
    lock=partial(lock_rows, table="programmes"),
    known=_known,
    plan=partial(plan_programmes, new_id=uuid7),
    store=storing_by(one_by_one(training.insert), one_by_one(training.update)),
    writes=writes,
    export=_export,
)

"""The catalogue of competences from files, and back."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from uuid import UUID

from services.registry.access import no_tenant
from services.registry.competences import store as competences
from services.registry.imports.entities import one_by_one, storing_by, writes
from services.registry.imports.kind import MOST_EXPORTED, Kind
from services.registry.imports.kinds.competence_rules import (
    KnownCompetences,
    plan_competences,
    texts_of,
)
from services.registry.imports.matching import NameBook, Named
from services.registry.imports.refusals import overtaken
from services.registry.imports.rules import Column, Sheet
from services.registry.indicators import store as indicators
from services.registry.locks import lock_rows
from shared.db import Connection, uuid7

_COLUMNS = (
    Column(
        "code",
        "Kode kompetensi",
        "Competence code",
        "wajib, unik / required, unique",
        ("code", "kode"),
        longest=40,
    ),
    Column(
        "name", "Kompetensi", "Competence", "wajib / required", ("name", "nama", "nama kompetensi")
    ),
    Column(
        "kind",
        "Jenis kompetensi",
        "Kind of competence",
        "teknis, manajerial, sosial kultural, pemerintahan",
        ("kind", "jenis"),
    ),
    Column("description", "Keterangan", "Description", "", ("uraian", "definisi"), longest=4_000),
    Column(
        "indicator_ids",
        "Terlihat dari indikator",
        "Seen by indicators",
        "namanya, dipisahkan dengan ; / names, separated by ;",
        ("indikator", "indicators"),
        longest=20_000,
    ),
    Column(
        "values",
        "Terlihat dari nilai BerAKHLAK",
        "Seen by values",
        "misalnya kompeten; adaptif / such as kompeten; adaptif",
        ("nilai", "nilai berakhlak"),
    ),
    Column(
        "elements",
        "Terlihat dari unsur SKM",
        "Seen by survey elements",
        "misalnya perilaku; kompetensi / such as perilaku; kompetensi",
        ("unsur", "unsur skm"),
    ),
)


async def _known(
    connection: Connection, tenant_id: UUID, _: Sheet | None = None
) -> KnownCompetences:
    measured = await indicators.page(connection, tenant_id, after=None, limit=MOST_EXPORTED)
    return KnownCompetences(
        await competences.page(connection, tenant_id, after=None, limit=MOST_EXPORTED),
        NameBook([Named(each.id, None, (each.name,)) for each in measured], kind="indicators"),
    )


async def _export(connection: Connection, tenant_id: UUID, _: date) -> list[Mapping[str, str]]:
    known = await _known(connection, tenant_id)
    return [texts_of(competence, known.indicators) for competence in known.competences]


COMPETENCES = Kind(
    name="competences",
    columns=_COLUMNS,
    required=(frozenset({"code"}), frozenset({"name"})),
    refusals={
        "uq_competences_tenant_id_code": overtaken,
        "fk_competence_indicators_tenant_id_indicator_id_indicators": overtaken,
        "fk_competences_tenant_id_tenants": no_tenant,
    },
    lock=partial(lock_rows, table="competences"),
    known=_known,
    plan=partial(plan_competences, new_id=uuid7),
    store=storing_by(one_by_one(competences.insert), one_by_one(competences.update)),
    writes=writes,
    export=_export,
)

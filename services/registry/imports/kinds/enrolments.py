"""Who takes part in training, and completed it, from files, and back."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import partial
from uuid import UUID

from services.registry.enrolments import store as enrolments
from services.registry.imports import store as imports
from services.registry.imports.entities import storing_by, writes
from services.registry.imports.kind import MOST_EXPORTED, Kind
from services.registry.imports.kinds.enrolment_rules import (
    KnownEnrolments,
    plan_enrolments,
    texts_of,
)
from services.registry.imports.matching import PersonBook
from services.registry.imports.person_columns import PERSON, PERSON_NAME
from services.registry.imports.refusals import overtaken
from services.registry.imports.rules import Column, Sheet
from services.registry.locks import lock_rows
from services.registry.people import store as people
from services.registry.tenants import store as tenants
from services.registry.training import store as training
from shared.db import Connection, uuid7

_COLUMNS = (
    PERSON,
    PERSON_NAME,
    Column(
        "programme",
        "Pelatihan",
        "Programme",
        "wajib / required",
        ("nama pelatihan", "nama diklat", "diklat"),
    ),
    Column(
        "from",
        "Hari pertama pelatihan",
        "First day of the programme",
        "perlu jika namanya dipakai beberapa kali / needed where several have the name",
        ("mulai", "tanggal mulai", "tanggal pelatihan", "first day", "hari pertama"),
    ),
    Column(
        "completed_on",
        "Tanggal selesai",
        "Completed on",
        "kosong: seperti tersimpan / empty: as stored",
        ("tanggal lulus", "lulus", "selesai", "tanggal sertifikat"),
    ),
    Column("mark", "Nilai", "Mark", "0 - 100", ("skor", "nilai akhir")),
)


async def _known(
    connection: Connection, tenant_id: UUID, _: Sheet | None = None
) -> KnownEnrolments:
    return KnownEnrolments(
        await enrolments.page(connection, tenant_id, after=None, limit=MOST_EXPORTED),
        await training.page(connection, tenant_id, after=None, limit=MOST_EXPORTED),
        PersonBook(await imports.person_words(connection, tenant_id)),
        await tenants.today(connection, tenant_id),
        datetime.now(UTC),
    )


async def _export(connection: Connection, tenant_id: UUID, _: date) -> list[Mapping[str, str]]:
    known = await _known(connection, tenant_id)
    by_id = {programme.id: programme for programme in known.programmes}
    stored = list(known.enrolments)
    names = await people.names(connection, tenant_id, {each.person_id for each in stored})
    return [
        texts_of(each, by_id[each.programme_id], known.people)
        | {"person_name": names[each.person_id]}
        for each in stored
    ]


ENROLMENTS = Kind(
    name="enrolments",
    columns=_COLUMNS,
    required=(frozenset({"person"}), frozenset({"programme"})),
    refusals={
        "fk_enrolments_tenant_id_person_id_people": overtaken,
        "uq_enrolments_tenant_id_programme_id_person_id": overtaken,
    },
    # Places are taken under the lock of the programme.
    lock=partial(lock_rows, table="programmes"),
    known=_known,
    plan=partial(plan_enrolments, new_id=uuid7),
    store=storing_by(enrolments.insert, enrolments.update),
    writes=writes,
    export=_export,
)

"""Leaves of people from files, and back. Their kinds may concern health: for keepers only."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from uuid import UUID

from services.registry.imports import store as imports
from services.registry.imports.days import FIRST, LAST, last_text
from services.registry.imports.entities import storing_by, writes
from services.registry.imports.kind import Kind
from services.registry.imports.kinds.leave_rules import KIND_TEXTS, KnownLeaves, plan_leaves
from services.registry.imports.matching import PersonBook, people_named
from services.registry.imports.person_columns import PERSON, PERSON_NAME
from services.registry.imports.refusals import overtaken
from services.registry.imports.rules import Column, Sheet
from services.registry.leaves import store as leaves
from services.registry.locks import lock_all
from services.registry.people import store as people
from shared.db import Connection, uuid7

_COLUMNS = (
    PERSON,
    PERSON_NAME,
    Column(
        "kind",
        "Jenis cuti",
        "Kind of leave",
        "cuti tahunan, sakit, melahirkan, alasan penting, besar, tugas belajar, CLTN, MPP",
        ("kind", "jenis", "cuti", "type", "keperluan"),
    ),
    FIRST,
    LAST,
)


async def _known(connection: Connection, tenant_id: UUID, sheet: Sheet) -> KnownLeaves:
    book = PersonBook(await imports.person_words(connection, tenant_id))
    named = people_named(book, sheet, "person")
    return KnownLeaves(book, await leaves.of_people(connection, tenant_id, named, lock=True))


async def _export(connection: Connection, tenant_id: UUID, _: date) -> list[Mapping[str, str]]:
    everybody = await imports.person_words(connection, tenant_id)
    book = PersonBook(everybody)
    stored = await leaves.of_people(connection, tenant_id, [person.id for person in everybody])
    names = await people.names(connection, tenant_id, {leave.person_id for leave in stored})
    return [
        {
            "person": book.word_for(leave.person_id),
            "person_name": names[leave.person_id],
            "kind": KIND_TEXTS[leave.kind],
            "from": leave.valid_from.isoformat(),
            "until": last_text(leave.valid_until),
        }
        for leave in stored
    ]


LEAVES = Kind(
    name="leaves",
    columns=_COLUMNS,
    required=(frozenset({"person"}), frozenset({"from"})),
    refusals={
        "fk_leaves_tenant_id_person_id_people": overtaken,
        "ex_leaves_one_at_a_time": overtaken,
    },
    lock=partial(lock_all, what="leaves"),
    known=_known,
    plan=partial(plan_leaves, new_id=uuid7),
    store=storing_by(leaves.insert, leaves.update),
    writes=writes,
    export=_export,
)

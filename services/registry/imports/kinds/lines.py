"""Reporting lines from files, and back: who assesses whom from when to when."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from uuid import UUID

from services.registry.imports import store as imports
from services.registry.imports.days import FIRST, LAST, last_text
from services.registry.imports.entities import storing_by, writes
from services.registry.imports.kind import Kind
from services.registry.imports.kinds.line_rules import KnownLines, plan_lines
from services.registry.imports.matching import PersonBook, people_named
from services.registry.imports.person_columns import PERSON, PERSON_NAME
from services.registry.imports.refusals import overtaken
from services.registry.imports.rules import Column, Sheet
from services.registry.locks import lock_all
from services.registry.people import store as people
from services.registry.reporting_lines import store as lines
from shared.db import Connection, uuid7

_COLUMNS = (
    PERSON,
    PERSON_NAME,
    Column(
        "assessor",
        "NIP / ID pejabat penilai",
        "Assessor",
        "wajib / required",
        (
            "nip pejabat penilai",
            "nip penilai",
            "nip atasan",
            "nip atasan langsung",
            "pejabat penilai",
            "penilai",
            "atasan",
            "atasan langsung",
        ),
    ),
    Column(
        "reviewer",
        "NIP / ID atasan pejabat penilai",
        "Reviewing superior",
        "kosong: penilai dari pejabat penilai / empty: the assessor's own assessor",
        ("reviewer", "nip atasan pejabat penilai", "atasan pejabat penilai", "atasan penilai"),
    ),
    FIRST,
    LAST,
)


async def _known(connection: Connection, tenant_id: UUID, sheet: Sheet) -> KnownLines:
    book = PersonBook(await imports.person_words(connection, tenant_id))
    named = people_named(book, sheet, "person", "assessor", "reviewer")
    return KnownLines(book, await lines.above(connection, tenant_id, named))


async def _export(connection: Connection, tenant_id: UUID, _: date) -> list[Mapping[str, str]]:
    everybody = await imports.person_words(connection, tenant_id)
    book = PersonBook(everybody)
    stored = await lines.of_people(connection, tenant_id, [person.id for person in everybody])
    names = await people.names(connection, tenant_id, {line.person_id for line in stored})
    return [
        {
            "person": book.word_for(line.person_id),
            "person_name": names[line.person_id],
            "assessor": book.word_for(line.assessor_id),
            "reviewer": book.word_for(line.reviewer_id) if line.reviewer_id else "",
            "from": line.valid_from.isoformat(),
            "until": last_text(line.valid_until),
        }
        for line in stored
    ]


REPORTING_LINES = Kind(
    name="reporting-lines",
    columns=_COLUMNS,
    required=(frozenset({"person"}), frozenset({"assessor"}), frozenset({"from"})),
    refusals={
        "fk_reporting_lines_tenant_id_person_id_people": overtaken,
        "fk_reporting_lines_tenant_id_assessor_id_people": overtaken,
        "fk_reporting_lines_tenant_id_reviewer_id_people": overtaken,
        "ex_reporting_lines_one_assessor": overtaken,
    },
    lock=partial(lock_all, what="reporting_lines"),
    known=_known,
    plan=partial(plan_lines, new_id=uuid7),
    store=storing_by(lines.insert, lines.update),
    writes=writes,
    export=_export,
)

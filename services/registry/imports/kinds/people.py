"""People with their definitive assignment, post, duties and contact points from files, and back."""

import re
from collections.abc import Mapping
from datetime import date
from functools import partial
from uuid import UUID

from services.registry.access import no_tenant
from services.registry.assignments import store as assignments
from services.registry.assignments.rules import DEFINITIVE, Assignment
from services.registry.contacts import store as contacts
from services.registry.imports import store as imports
from services.registry.imports.cells import without_signs
from services.registry.imports.kind import MOST_EXPORTED, Kind, Storing
from services.registry.imports.kinds.person_places import PostBook
from services.registry.imports.kinds.person_rules import (
    KnownPeople,
    PeoplePlan,
    mark_of,
    plan_people,
)
from services.registry.imports.kinds.person_words import COLUMNS, DUTY_TEXTS, KIND_TEXTS, REQUIRED
from services.registry.imports.matching import UnitBook
from services.registry.imports.refusals import overtaken
from services.registry.imports.rules import CellRefused, Sheet
from services.registry.locks import lock_all
from services.registry.people import store as people
from services.registry.posts import store as posts
from services.registry.tenants import store as tenants
from shared.db import Connection, uuid7

_OUR_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def _lock(connection: Connection, tenant_id: UUID) -> None:
    await lock_all(connection, tenant_id, "people")


async def _known(connection: Connection, tenant_id: UUID, sheet: Sheet) -> KnownPeople:
    marks = {row["external_id"] for row in sheet.rows} - {""}
    found = await people.lock_known(
        connection,
        tenant_id,
        numbers={without_signs(row["number"]) for row in sheet.rows} - {""},
        external_ids=marks,
        ids=[UUID(mark) for mark in marks if _OUR_ID.fullmatch(mark)],
    )
    ids = [person.id for person in found]
    book = UnitBook(await imports.unit_words(connection, tenant_id))
    units = _named(book, sheet)
    return KnownPeople(
        found,
        book,
        PostBook(await posts.of_units(connection, tenant_id, units)),
        await _assignments(connection, tenant_id, ids),
        await contacts.of_people(connection, tenant_id, ids),
        await imports.colleagues(
            connection,
            tenant_id,
            units,
            on=await tenants.today(connection, tenant_id),
        ),
    )


def _named(book: UnitBook, sheet: Sheet) -> set[UUID]:
    named = set()
    for text in {row["unit"] for row in sheet.rows} - {""}:
        try:
            named.add(book.find(text))
        except CellRefused:
            continue
    return named


async def _assignments(
    connection: Connection, tenant_id: UUID, ids: list[UUID]
) -> dict[UUID, list[Assignment]]:
    held: dict[UUID, list[Assignment]] = {}
    for assignment in await assignments.of_people(connection, tenant_id, ids):
        held.setdefault(assignment.person_id, []).append(assignment)
    return held


async def _store(
    connection: Connection, tenant_id: UUID, plan: PeoplePlan, storing: Storing
) -> None:
    for new in storing.slices(plan.new):
        await people.insert(connection, tenant_id, new)
    for altered in storing.slices(plan.altered):
        await people.update(connection, tenant_id, altered)
    for corrected in storing.slices(plan.corrected):
        await assignments.update(connection, tenant_id, corrected)
    for assigned in storing.slices(plan.assigned):
        await assignments.insert(connection, tenant_id, assigned)
    for reached in storing.slices(plan.contacts):
        await contacts.put(connection, tenant_id, reached)


def _writes(plan: PeoplePlan) -> int:
    moved = len(plan.corrected) + len(plan.assigned)
    return len(plan.new) + len(plan.altered) + moved + len(plan.contacts)


async def _export(connection: Connection, tenant_id: UUID, on: date) -> list[Mapping[str, str]]:
    """With the definitive assignment that holds on the day."""
    stored = await people.page(connection, tenant_id, after=None, limit=MOST_EXPORTED)
    ids = [person.id for person in stored]
    book = UnitBook(await imports.unit_words(connection, tenant_id))
    titles = PostBook(await posts.page(connection, tenant_id, after=None, limit=MOST_EXPORTED))
    held = await _assignments(connection, tenant_id, ids)
    reached = await contacts.of_people(connection, tenant_id, ids)
    rows: list[Mapping[str, str]] = []
    for person in stored:
        row = {
            "number": person.number or "",
            "external_id": mark_of(person),
            "name": person.name,
            "kind": KIND_TEXTS[person.kind],
        }
        for assignment in held.get(person.id, []):
            if assignment.kind == DEFINITIVE and assignment.holds_on(on):
                row["unit"] = book.word_for(assignment.unit_id)
                if assignment.post_id:
                    row["post"] = titles.word_for(assignment.post_id)
                row["from"] = assignment.valid_from.isoformat()
                row["duties"] = "; ".join(DUTY_TEXTS[duty] for duty in assignment.duties)
        if contact := reached.get(person.id):
            row |= {
                "email": contact.email or "",
                "phone": contact.phone or "",
                "language": contact.language,
            }
        rows.append(row)
    return rows


PEOPLE = Kind(
    name="people",
    columns=COLUMNS,
    required=REQUIRED,
    refusals={
        "uq_people_tenant_id_number": overtaken,
        "uq_people_tenant_id_external_id": overtaken,
        "fk_people_tenant_id_tenants": no_tenant,
        "fk_assignments_tenant_id_unit_id_units": overtaken,
        "fk_assignments_tenant_id_post_id_unit_id_posts": overtaken,
        "ex_assignments_one_definitive": overtaken,
    },
    lock=_lock,
    known=_known,
    plan=partial(plan_people, new_id=uuid7),
    store=_store,
    writes=_writes,
    export=_export,
)

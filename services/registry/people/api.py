"""`/v1/people`: personal data, for personnel officers, and for each person their own."""

from dataclasses import replace
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BeforeValidator, Field

from services.registry.access import Access, Keeper, Member, keeps, no_tenant, refused
from services.registry.fields import Body, Text
from services.registry.people import store
from services.registry.people.rules import NumberRefused, Person, check_number, without_separators
from shared.contracts import PersonKind
from shared.db import Connection, uuid7
from shared.http.auth import Principal
from shared.http.paging import Page, Paging
from shared.http.problems import Problem, conflict, not_found
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(prefix="/v1/people", tags=["people"])


def _digits(value: object) -> object:
    return without_separators(value) or None if isinstance(value, str) else value


Number = Annotated[
    str | None,
    BeforeValidator(_digits),
    Field(description="NIP or PPPK number, 18 digits; blanks, dots and dashes are ignored"),
]

_REFUSALS = {
    "uq_people_tenant_id_number": partial(
        conflict,
        "number-taken",
        "Nothing was stored: somebody else of this tenant has this number. Check it, or change "
        "that person instead.",
    ),
    "uq_people_tenant_id_external_id": partial(
        conflict,
        "external-id-taken",
        "Nothing was stored: somebody else of this tenant has this external id. Choose another.",
    ),
    "fk_people_tenant_id_tenants": no_tenant,
}
_ASSESSING = partial(
    conflict,
    "person-in-reporting-lines",
    "Reporting lines name this person: end them instead, or delete them first.",
)
_PLANNED = partial(
    conflict, "person-in-plans", "A plan was made by or with this person: it is kept."
)
IN_USE = {
    "fk_plans_tenant_id_person_id_people": _PLANNED,
    "fk_plan_revisions_tenant_id_leader_id_people": _PLANNED,
    "fk_indicators_tenant_id_person_id_people": partial(
        conflict, "person-has-indicators", "Delete the indicators of this person alone first."
    ),
    "fk_assignments_tenant_id_person_id_people": partial(
        conflict,
        "person-has-assignments",
        "Scores rest on this person's assignments. End them instead, or delete them first.",
    ),
    "fk_leaves_tenant_id_person_id_people": partial(
        conflict, "person-has-leaves", "Leave of this person is recorded: delete it first."
    ),
    "fk_shifts_tenant_id_person_id_people": partial(
        conflict,
        "person-in-rosters",
        "This person serves in rosters of counters: take the person out of them first.",
    ),
    "fk_reporting_lines_tenant_id_person_id_people": _ASSESSING,
    "fk_reporting_lines_tenant_id_assessor_id_people": _ASSESSING,
    "fk_reporting_lines_tenant_id_reviewer_id_people": _ASSESSING,
}


class NewPerson(Body):
    """`number` is needed for civil_servant and pppk; `external_id` is the tenant's own mark, by
    which imports recognise people without a number."""

    kind: PersonKind
    name: Text
    number: Number = None
    external_id: Text | None = None


class PersonChange(Body):
    kind: PersonKind = PersonKind.NON_ASN
    name: Text = ""
    number: Number = None
    external_id: Text | None = None


@router.post("", status_code=201)
async def create_person(
    new: NewPerson, caller: Keeper, registry: Access, response: Response
) -> Person:
    person = _checked(Person(uuid7(), new.kind, new.name, new.number, new.external_id))
    await registry.write(
        caller,
        lambda connection: store.insert(connection, caller.tenant, [person]),
        refusals=_REFUSALS,
    )
    show_version(response, person.version)
    return person


@router.get("")
async def list_people(
    caller: Keeper,
    registry: Access,
    paging: Paging,
    q: Annotated[
        Text | None, Query(description="Part of the name, the number's first digits, external id")
    ] = None,
) -> Page[Person]:
    (after,) = paging.after(UUID) or (None,)
    async with registry.transaction(caller.tenant) as connection:
        people = await store.page(
            connection, caller.tenant, after=after, limit=paging.fetch, text=q
        )
    return paging.page(people, key=lambda person: (person.id,))


@router.get("/{person_id}")
async def show_person(
    person_id: UUID, caller: Member, registry: Access, response: Response
) -> Person:
    check_may_see(caller, person_id)
    async with registry.transaction(caller.tenant) as connection:
        person = await store.find(connection, caller.tenant, person_id)
    if person is None:
        raise unknown_person()
    show_version(response, person.version)
    return person


@router.patch("/{person_id}")
async def change_person(
    person_id: UUID,
    change: PersonChange,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> Person:
    """Fields that are left out stay."""

    async def work(connection: Connection) -> Person:
        person = await store.find(connection, caller.tenant, person_id, lock=True)
        if person is None:
            raise unknown_person()
        check_version(person.version, expected)
        changed = _checked(replace(person, **change.given()))
        if changed == person:
            return person
        (stored,) = await store.update(connection, caller.tenant, [changed])
        return stored

    person = await registry.write(caller, work, refusals=_REFUSALS)
    show_version(response, person.version)
    return person


@router.delete("/{person_id}", status_code=204)
async def delete_person(
    person_id: UUID, caller: Keeper, registry: Access, expected: Expected
) -> None:
    async def work(connection: Connection) -> None:
        person = await store.find(connection, caller.tenant, person_id, lock=True)
        if person is None:
            raise unknown_person()
        check_version(person.version, expected)
        await store.delete(connection, caller.tenant, person)

    await registry.write(caller, work, refusals=IN_USE)


unknown_person = partial(
    not_found, "This tenant has no person with this id: list them at /v1/people."
)


def check_may_see(caller: Principal, person_id: UUID) -> None:
    """403 unless the caller keeps people's data or is this person."""
    if not keeps(caller) and caller.person_id != person_id:
        raise Problem(
            403,
            "forbidden",
            title="Not allowed",
            detail="Only personnel officers see other people's data: ask one of them, or open "
            "your own.",
        )


def _checked(person: Person) -> Person:
    try:
        check_number(person.kind, person.number)
    except NumberRefused as refusal:
        raise refused("number", str(refusal)) from None
    return person

"""`/v1/people/{id}/contact-points`, and the lookup for the service that delivers messages."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import AfterValidator, BaseModel, Field

from services.registry.access import Access, Member
from services.registry.contacts import store
from services.registry.contacts.rules import ContactPoints, checked_email, checked_phone
from services.registry.fields import Body
from services.registry.people import store as people
from services.registry.people.api import check_may_see, unknown_person
from shared.db import Connection
from shared.http.auth import Principal, Role, require
from shared.http.problems import Problem
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(tags=["contact points"])

MOST_PEOPLE = 500
"""Of one lookup."""

Reader = Annotated[Principal, Depends(require(Role.contact_reader))]


def _or_none(check: Callable[[str], str]) -> Callable[[str | None], str | None]:
    return lambda text: check(text) if text and text.strip() else None


Email = Annotated[
    str | None,
    Field(max_length=320, description="Blank means none"),
    AfterValidator(_or_none(checked_email)),
]
Phone = Annotated[
    str | None,
    Field(max_length=40, description="0812… and +62812… are the same; blank means none"),
    AfterValidator(_or_none(checked_phone)),
]


class NewContactPoints(Body):
    """The whole state: what is left out is gone."""

    email: Email = None
    phone: Phone = None
    language: Literal["id", "en"] = "id"


class Lookup(Body):
    """Whose contact points are wanted."""

    tenant_id: UUID
    person_ids: Annotated[list[UUID], Field(max_length=MOST_PEOPLE)]


class Found(BaseModel):
    """People who are unknown are left out."""

    items: list[store.Reachable]


@router.get("/v1/people/{person_id}/contact-points")
async def show_contact_points(
    person_id: UUID, caller: Member, registry: Access, response: Response
) -> ContactPoints:
    """Version 0 where nothing was stored yet."""
    check_may_see(caller, person_id)
    async with registry.transaction(caller.tenant) as connection:
        if await people.find(connection, caller.tenant, person_id) is None:
            raise unknown_person()
        stored = await store.of_people(connection, caller.tenant, [person_id])
    contact = stored.get(person_id, ContactPoints(person_id))
    show_version(response, contact.version)
    return contact


@router.put("/v1/people/{person_id}/contact-points")
async def put_contact_points(
    person_id: UUID,
    new: NewContactPoints,
    *,
    caller: Member,
    registry: Access,
    response: Response,
    expected: Expected,
) -> ContactPoints:
    """By personnel officers, and by each person for themselves."""
    check_may_see(caller, person_id)

    async def work(connection: Connection) -> ContactPoints:
        if await people.find(connection, caller.tenant, person_id, lock=True) is None:
            raise unknown_person()
        stored = await store.of_people(connection, caller.tenant, [person_id])
        before = stored.get(person_id, ContactPoints(person_id))
        check_version(before.version, expected)
        after = replace(before, email=new.email, phone=new.phone, language=new.language)
        if after == before and before.version:
            return before
        (contact,) = await store.put(connection, caller.tenant, [after])
        return contact

    contact = await registry.write(caller, work)
    show_version(response, contact.version)
    return contact


@router.post("/v1/contact-points/lookup")
async def look_up_contact_points(wanted: Lookup, caller: Reader, registry: Access) -> Found:
    """For the service that delivers messages: it works for every tenant, one in each request."""
    if caller.tenant_id not in {None, wanted.tenant_id}:
        raise Problem(
            403, "forbidden", title="Not allowed", detail="Your token is of another tenant."
        )
    async with registry.transaction(wanted.tenant_id) as connection:
        found = await store.look_up(connection, wanted.tenant_id, wanted.person_ids)
    return Found(items=found)

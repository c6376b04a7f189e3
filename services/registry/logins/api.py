"""`/v1/people/{id}/login`: whose login it is; `/v1/me`: who is calling."""

from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import StringConstraints

from services.registry.access import Access, Keeper, Member
from services.registry.assignments import store as assignments
from services.registry.assignments.rules import Assignment
from services.registry.fields import Body
from services.registry.logins import store
from services.registry.logins.rules import Login
from services.registry.people import store as people
from services.registry.people.api import check_may_see, unknown_person
from services.registry.people.rules import Person
from services.registry.reporting_lines import store as reporting_lines
from services.registry.tenants import store as tenants
from shared.db import Connection
from shared.http.auth import Role
from shared.http.problems import Problem, conflict, not_found
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(tags=["logins"])

Subject = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,255}$")]
"""OpenID Connect: a `sub` is at most 255 ASCII characters."""

_PATH = "/v1/people/{person_id}/login"
_REFUSALS = {
    "fk_logins_tenant_id_person_id_people": unknown_person,
    "uq_logins_tenant_id_subject": partial(
        conflict,
        "login-taken",
        "Nothing was stored: this login belongs to somebody else of this tenant. Take it from "
        "them first, or check the subject.",
    ),
}


class NewLogin(Body):
    """`subject` is the `sub` of the tokens that the issuer gives the person."""

    subject: Subject


@dataclass(frozen=True, slots=True)
class Me:
    """`person` is null for a login that is linked to nobody. `roles` are those of the token;
    assessor is among them for whom a reporting line of `day` names. `assignments` are those of
    `day`."""

    subject: str
    roles: list[str]
    day: date
    person: Person | None
    assignments: list[Assignment]


@router.get("/v1/me")
async def show_me(caller: Member, registry: Access) -> Me:
    async with registry.transaction(caller.tenant) as connection:
        day = await tenants.today(connection, caller.tenant)
        roles = set(caller.roles) - {Role.assessor}
        person, held = None, []
        if caller.person_id is not None:
            person = await people.find(connection, caller.tenant, caller.person_id)
            held = await assignments.of_people(connection, caller.tenant, [caller.person_id])
            if await reporting_lines.assesses(connection, caller.tenant, caller.person_id, day):
                roles.add(Role.assessor)
    return Me(caller.subject, sorted(roles), day, person, [a for a in held if a.holds_on(day)])


@router.get(_PATH)
async def show_login(
    person_id: UUID, caller: Member, registry: Access, response: Response
) -> Login:
    check_may_see(caller, person_id)
    async with registry.transaction(caller.tenant) as connection:
        login = await _found(connection, caller.tenant, person_id)
    show_version(response, login.version)
    return login


@router.put(_PATH)
async def link_login(
    person_id: UUID,
    new: NewLogin,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> Login:
    """For tokens without the claim that names the person. Nobody links the own login: who could
    might become anybody, and agree to a plan for both sides."""
    if new.subject == caller.subject:
        raise Problem(
            403,
            "own-login",
            title="Your own login",
            detail="Nothing was stored: have a colleague link your login to you.",
        )

    async def work(connection: Connection) -> Login:
        # The person's lock, and not the login's: the first login has no row yet.
        if await people.find(connection, caller.tenant, person_id, lock=True) is None:
            raise unknown_person()
        login = await store.find(connection, caller.tenant, person_id)
        check_version(login.version if login else 0, expected)
        if login is None:
            login = Login(person_id, new.subject)
            await store.insert(connection, caller.tenant, login)
            return login
        if login.subject == new.subject:
            return login
        return await store.update(connection, caller.tenant, replace(login, subject=new.subject))

    login = await registry.write(caller, work, refusals=_REFUSALS)
    show_version(response, login.version)
    return login


@router.delete(_PATH, status_code=204)
async def unlink_login(
    person_id: UUID, *, caller: Keeper, registry: Access, expected: Expected
) -> None:
    async def work(connection: Connection) -> None:
        if await people.find(connection, caller.tenant, person_id, lock=True) is None:
            raise unknown_person()
        login = await _found(connection, caller.tenant, person_id)
        check_version(login.version, expected)
        await store.delete(connection, caller.tenant, person_id)

    await registry.write(caller, work)


async def _found(connection: Connection, tenant_id: UUID, person_id: UUID) -> Login:
    login = await store.find(connection, tenant_id, person_id)
    if login is None:
        raise not_found("This person has no login here: put one, or use a token that names them.")
    return login

"""`/v1/programmes/{id}/enrolments`: who takes part; `/v1/people/{id}/training`: of one person."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.registry.access import Access, Keeper, Member, keeps, refused
from services.registry.enrolments import store
from services.registry.enrolments.rules import Enrolment, check_completion
from services.registry.fields import Body
from services.registry.people import store as people
from services.registry.people.api import check_may_see, unknown_person
from services.registry.tenants import store as tenants
from services.registry.training import store as training
from services.registry.training.api import locked, unknown_programme
from services.registry.training.rules import Programme, ProgrammeRefused
from shared.contracts import ServiceDay
from shared.db import Connection, uuid7
from shared.http.auth import Principal
from shared.http.paging import Page, Paging
from shared.http.problems import Problem, conflict, not_found
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(tags=["training"])

_PATH = "/v1/programmes/{programme_id}/enrolments"
_REFUSALS = {
    "fk_enrolments_tenant_id_person_id_people": partial(
        refused, "person_id", "is nobody of this tenant: send the id of a person"
    ),
    "uq_enrolments_tenant_id_programme_id_person_id": partial(
        conflict, "already-enrolled", "This person has a place in the programme already."
    ),
}

Mark = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]


class NewEnrolment(Body):
    person_id: UUID


class Completion(Body):
    """`mark` is 0 to 100, as the provider gave it, if any."""

    completed_on: ServiceDay
    mark: Mark | None = None


class Attended(BaseModel):
    """A person's place, and in what."""

    enrolment: Enrolment
    programme: Programme


@router.post(_PATH, status_code=201)
async def enrol(
    programme_id: UUID, new: NewEnrolment, *, caller: Member, registry: Access, response: Response
) -> Enrolment:
    """By personnel officers, and until it begins by each person for themselves, while there are
    places left."""
    own = _own(caller, new.person_id)

    async def work(connection: Connection) -> Enrolment:
        programme = await locked(connection, caller.tenant, programme_id)
        held = await store.find(connection, caller.tenant, programme_id, person_id=new.person_id)
        if held is not None:
            raise _REFUSALS["uq_enrolments_tenant_id_programme_id_person_id"]()
        if own:
            await _check_not_begun(connection, caller.tenant, programme)
        if programme.is_full:
            raise conflict(
                "programme-full",
                f"All {programme.places} places are taken: choose another programme, or ask the "
                "personnel officers for a place.",
            )
        made = Enrolment(uuid7(), programme_id, new.person_id, datetime.now(UTC))
        await store.insert(connection, caller.tenant, [made])
        return made

    enrolment = await registry.write(caller, work, refusals=_REFUSALS)
    show_version(response, enrolment.version)
    return enrolment


@router.get(_PATH)
async def list_enrolments(
    programme_id: UUID, caller: Keeper, registry: Access, paging: Paging
) -> Page[Enrolment]:
    """Who takes part, in the order they enrolled."""
    (after,) = paging.after(UUID) or (None,)
    async with registry.transaction(caller.tenant) as connection:
        if await training.find(connection, caller.tenant, programme_id) is None:
            raise unknown_programme()
        enrolments = await store.page(
            connection,
            caller.tenant,
            after=after,
            limit=paging.fetch,
            programme_id=programme_id,
        )
    return paging.page(enrolments, key=lambda enrolment: (enrolment.id,))


@router.delete(_PATH + "/{person_id}", status_code=204)
async def leave(
    programme_id: UUID, person_id: UUID, *, caller: Member, registry: Access, expected: Expected
) -> None:
    """By personnel officers, and until it begins by each person for themselves."""
    own = _own(caller, person_id)

    async def work(connection: Connection) -> None:
        programme, enrolment = await _held(connection, caller.tenant, programme_id, person_id)
        check_version(enrolment.version, expected)
        if own:
            await _check_not_begun(connection, caller.tenant, programme)
        if enrolment.completed_on is not None:
            raise conflict(
                "training-completed",
                "The programme is completed: take the completion back first, if it was a mistake.",
            )
        await store.delete(connection, caller.tenant, enrolment.id)

    await registry.write(caller, work)


@router.put(_PATH + "/{person_id}/completion")
async def complete(
    programme_id: UUID,
    person_id: UUID,
    completion: Completion,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> Enrolment:
    async def work(connection: Connection) -> Enrolment:
        programme, enrolment = await _held(connection, caller.tenant, programme_id, person_id)
        check_version(enrolment.version, expected)
        today = await tenants.today(connection, caller.tenant)
        try:
            check_completion(programme, completion.completed_on, today)
        except ProgrammeRefused as refusal:
            raise refused(refusal.field, str(refusal)) from None
        return await _stored(
            connection,
            caller.tenant,
            enrolment,
            replace(enrolment, completed_on=completion.completed_on, mark=completion.mark),
        )

    return await _shown(registry, caller, work, response)


@router.delete(_PATH + "/{person_id}/completion")
async def take_completion_back(
    programme_id: UUID,
    person_id: UUID,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> Enrolment:
    """The person is enrolled, and has not completed it."""

    async def work(connection: Connection) -> Enrolment:
        _, enrolment = await _held(connection, caller.tenant, programme_id, person_id)
        check_version(enrolment.version, expected)
        return await _stored(
            connection,
            caller.tenant,
            enrolment,
            replace(enrolment, completed_on=None, mark=None),
        )

    return await _shown(registry, caller, work, response)


@router.get("/v1/people/{person_id}/training")
async def list_training(
    person_id: UUID, caller: Member, registry: Access, paging: Paging
) -> Page[Attended]:
    """What a person has a place in or has completed, in the order of enrolment; for personnel
    officers, and for each person their own."""
    check_may_see(caller, person_id)
    (after,) = paging.after(UUID) or (None,)
    async with registry.transaction(caller.tenant) as connection:
        if await people.find(connection, caller.tenant, person_id) is None:
            raise unknown_person()
        enrolments = await store.page(
            connection, caller.tenant, after=after, limit=paging.fetch, person_id=person_id
        )
        programmes = await training.of_ids(
            connection, caller.tenant, {one.programme_id for one in enrolments}
        )
    attended = [
        Attended(enrolment=one, programme=programmes[one.programme_id]) for one in enrolments
    ]
    return paging.page(attended, key=lambda one: (one.enrolment.id,))


def _own(caller: Principal, person_id: UUID) -> bool:
    """Whether somebody who is no personnel officer acts for themselves; 403 for anybody else."""
    if keeps(caller):
        return False
    if caller.person_id != person_id:
        raise Problem(
            403,
            "forbidden",
            title="Not allowed",
            detail="Only personnel officers enrol other people: ask one of them, or send your own "
            "id.",
        )
    return True


async def _check_not_begun(connection: Connection, tenant_id: UUID, programme: Programme) -> None:
    if await tenants.today(connection, tenant_id) >= programme.starts_on:
        raise conflict(
            "programme-begun",
            f"The programme began on {programme.starts_on}: ask the personnel officers.",
        )


async def _held(
    connection: Connection, tenant_id: UUID, programme_id: UUID, person_id: UUID
) -> tuple[Programme, Enrolment]:
    programme = await locked(connection, tenant_id, programme_id)
    enrolment = await store.find(connection, tenant_id, programme_id, person_id=person_id)
    if enrolment is None:
        raise not_found("This person has no place in the programme.")
    return programme, enrolment


async def _stored(
    connection: Connection, tenant_id: UUID, held: Enrolment, changed: Enrolment
) -> Enrolment:
    if changed == held:
        return held
    (stored,) = await store.update(connection, tenant_id, [changed])
    return stored


async def _shown(
    registry: Access,
    caller: Keeper,
    work: Callable[[Connection], Awaitable[Enrolment]],
    response: Response,
) -> Enrolment:
    enrolment = await registry.write(caller, work)
    show_version(response, enrolment.version)
    return enrolment

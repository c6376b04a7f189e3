"""`/v1/programmes`: what can be learnt, when, and with how many places."""

from dataclasses import replace
from datetime import date
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from services.registry.access import Access, Keeper, Member, no_tenant, refused
from services.registry.fields import Body, Text
from services.registry.tenants import store as tenants
from services.registry.training import store
from services.registry.training.rules import Programme, ProgrammeRefused, check_programme
from shared.contracts import ServiceDay
from shared.contracts.service_time import FIRST_DAY
from shared.db import Connection, uuid7
from shared.http.paging import Page, Paging
from shared.http.problems import conflict, not_found
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(prefix="/v1/programmes", tags=["training"])

_REFUSALS = {
    "uq_programmes_tenant_id_name_starts_on": partial(
        conflict,
        "programme-exists",
        "Nothing was stored: a programme of this name begins on the same day. Use that one, or "
        "choose another name.",
    ),
    "fk_programme_competences_tenant_id_competence_id_competences": partial(
        refused, "competence_ids", "names a competence that this tenant does not have"
    ),
    "fk_programmes_tenant_id_tenants": no_tenant,
}
_ATTENDED = {
    "fk_enrolments_tenant_id_programme_id_programmes": partial(
        conflict, "programme-has-enrolments", "People are enrolled: take their enrolments back."
    )
}

Competences = Annotated[frozenset[UUID], Field(max_length=100)]
Places = Annotated[int, Field(ge=1, le=100_000, description="Without one there is no limit")]


class NewProgramme(Body):
    """From `starts_on` to before `ends_on`, for these competences, by this provider."""

    name: Text
    provider: Text
    starts_on: ServiceDay
    ends_on: ServiceDay
    places: Places | None = None
    competence_ids: Competences = frozenset()


class ProgrammeChange(Body):
    name: Text = ""
    provider: Text = ""
    starts_on: ServiceDay = FIRST_DAY
    ends_on: ServiceDay = FIRST_DAY
    places: Places | None = None
    competence_ids: Competences = frozenset()


@router.post("", status_code=201)
async def create_programme(
    new: NewProgramme, caller: Keeper, registry: Access, response: Response
) -> Programme:
    programme = _checked(Programme(uuid7(), **_given(new)))
    await registry.write(
        caller,
        lambda connection: store.insert(connection, caller.tenant, programme),
        refusals=_REFUSALS,
    )
    show_version(response, programme.version)
    return programme


@router.get("")
async def list_programmes(
    caller: Member,
    registry: Access,
    paging: Paging,
    competence_id: UUID | None = None,
    upcoming: Annotated[
        bool, Query(alias="open", description="Those yet to begin that have places left only")
    ] = False,
) -> Page[Programme]:
    (after,) = paging.after(UUID) or (None,)
    async with registry.transaction(caller.tenant) as connection:
        today = await tenants.today(connection, caller.tenant)
        programmes = await store.page(
            connection,
            caller.tenant,
            after=after,
            limit=paging.fetch,
            open_on=today if upcoming else None,
            competence_id=competence_id,
        )
    return paging.page(programmes, key=lambda programme: (programme.id,))


@router.get("/{programme_id}")
async def show_programme(
    programme_id: UUID, caller: Member, registry: Access, response: Response
) -> Programme:
    async with registry.transaction(caller.tenant) as connection:
        programme = await store.find(connection, caller.tenant, programme_id)
    if programme is None:
        raise unknown_programme()
    show_version(response, programme.version)
    return programme


@router.patch("/{programme_id}")
async def change_programme(
    programme_id: UUID,
    change: ProgrammeChange,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> Programme:
    """Fields that are left out stay; `places` null takes the limit away."""

    async def work(connection: Connection) -> Programme:
        programme = await locked(connection, caller.tenant, programme_id)
        check_version(programme.version, expected)
        completed = await store.first_completed(connection, caller.tenant, programme_id)
        changed = _checked(replace(programme, **_given(change)), completed)
        if changed == programme:
            return programme
        return await store.update(connection, caller.tenant, changed)

    programme = await registry.write(caller, work, refusals=_REFUSALS)
    show_version(response, programme.version)
    return programme


@router.delete("/{programme_id}", status_code=204)
async def delete_programme(
    programme_id: UUID, caller: Keeper, registry: Access, expected: Expected
) -> None:
    """Only while nobody is enrolled."""

    async def work(connection: Connection) -> None:
        programme = await locked(connection, caller.tenant, programme_id)
        check_version(programme.version, expected)
        await store.delete(connection, caller.tenant, programme_id)

    await registry.write(caller, work, refusals=_ATTENDED)


unknown_programme = partial(
    not_found, "This tenant has no programme with this id: list them at /v1/programmes."
)


async def locked(connection: Connection, tenant_id: UUID, programme_id: UUID) -> Programme:
    """The programme, its row locked; raises the 404."""
    programme = await store.find(connection, tenant_id, programme_id, lock=True)
    if programme is None:
        raise unknown_programme()
    return programme


def _given(body: NewProgramme | ProgrammeChange) -> dict[str, Any]:
    given = body.given()
    if "competence_ids" in given:
        given["competence_ids"] = tuple(sorted(given["competence_ids"]))
    return given


def _checked(programme: Programme, first_completed: date | None = None) -> Programme:
    try:
        check_programme(programme, first_completed)
    except ProgrammeRefused as refusal:
        raise refused(refusal.field, str(refusal)) from None
    return programme

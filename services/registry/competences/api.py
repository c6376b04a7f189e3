"""`/v1/competences`: the catalogue, and by what a lack of each is seen."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from enum import StrEnum
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from services.registry.access import Access, Keeper, Member, no_tenant, refused
from services.registry.competences import store
from services.registry.competences.rules import Competence
from services.registry.fields import Body, Prose, Text, Word
from shared.contracts import BehaviourValue, Element
from shared.db import Connection, uuid7
from shared.http.paging import Page, Paging
from shared.http.problems import conflict, not_found
from shared.http.versions import Expected, check_version, show_version

router = APIRouter(prefix="/v1/competences", tags=["competences"])

_REFUSALS = {
    "uq_competences_tenant_id_code": partial(
        conflict,
        "competence-code-taken",
        "Nothing was stored: another competence has this code. Choose another, or change that one.",
    ),
    "fk_competence_indicators_tenant_id_indicator_id_indicators": partial(
        refused, "indicator_ids", "names an indicator that this tenant does not have"
    ),
    "fk_competences_tenant_id_tenants": no_tenant,
}
_IN_USE = {
    "fk_programme_competences_tenant_id_competence_id_competences": partial(
        conflict,
        "competence-in-programme",
        "A training programme is for this competence: keep it, or change that programme first.",
    )
}


class CompetenceKind(StrEnum):
    """PermenPANRB 38/2017, and those of government itself (UU 23/2014)."""

    TECHNICAL = "technical"
    MANAGERIAL = "managerial"
    SOCIOCULTURAL = "sociocultural"
    GOVERNMENTAL = "governmental"


class NewCompetence(Body):
    """`code` is the tenant's own mark, by which imports recognise it."""

    code: Word
    name: Text
    kind: CompetenceKind
    description: Prose | None = None


class CompetenceChange(Body):
    code: Word = ""
    name: Text = ""
    kind: CompetenceKind = CompetenceKind.TECHNICAL
    description: Prose | None = None


class Sources(Body):
    """All that a lack of the competence is seen by: what is left out no longer shows it."""

    indicator_ids: Annotated[frozenset[UUID], Field(max_length=500)] = frozenset()
    values: frozenset[BehaviourValue] = frozenset()
    elements: frozenset[Element] = frozenset()

    def of(self, competence: Competence) -> Competence:
        """The competence with these sources, each list in order."""
        return replace(
            competence,
            indicator_ids=tuple(sorted(self.indicator_ids)),
            values=tuple(sorted(self.values)),
            elements=tuple(sorted(self.elements)),
        )


@router.post("", status_code=201)
async def create_competence(
    new: NewCompetence, caller: Keeper, registry: Access, response: Response
) -> Competence:
    competence = Competence(uuid7(), new.code, new.name, new.kind, new.description)
    await registry.write(
        caller,
        lambda connection: store.insert(connection, caller.tenant, competence),
        refusals=_REFUSALS,
    )
    show_version(response, competence.version)
    return competence


@router.get("")
async def list_competences(
    caller: Member,
    registry: Access,
    paging: Paging,
    *,
    indicator_id: UUID | None = None,
    value: BehaviourValue | None = None,
    element: Element | None = None,
) -> Page[Competence]:
    """Where asked only those that the indicator, the value or the element shows."""
    (after,) = paging.after(UUID) or (None,)
    async with registry.transaction(caller.tenant) as connection:
        competences = await store.page(
            connection,
            caller.tenant,
            after=after,
            limit=paging.fetch,
            indicator_id=indicator_id,
            value=value,
            element=element,
        )
    return paging.page(competences, key=lambda competence: (competence.id,))


@router.get("/{competence_id}")
async def show_competence(
    competence_id: UUID, caller: Member, registry: Access, response: Response
) -> Competence:
    async with registry.transaction(caller.tenant) as connection:
        competence = await store.find(connection, caller.tenant, competence_id)
    if competence is None:
        raise _unknown()
    show_version(response, competence.version)
    return competence


@router.patch("/{competence_id}")
async def change_competence(
    competence_id: UUID,
    change: CompetenceChange,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> Competence:
    """Fields that are left out stay."""
    work = _changing(caller, competence_id, expected, lambda held: replace(held, **change.given()))
    competence = await registry.write(caller, work, refusals=_REFUSALS)
    show_version(response, competence.version)
    return competence


@router.put("/{competence_id}/sources")
async def put_sources(
    competence_id: UUID,
    sources: Sources,
    *,
    caller: Keeper,
    registry: Access,
    response: Response,
    expected: Expected,
) -> Competence:
    """By which indicators, BerAKHLAK values and elements of the survey a need for it is seen."""
    work = _changing(caller, competence_id, expected, sources.of)
    competence = await registry.write(caller, work, refusals=_REFUSALS)
    show_version(response, competence.version)
    return competence


@router.delete("/{competence_id}", status_code=204)
async def delete_competence(
    competence_id: UUID, caller: Keeper, registry: Access, expected: Expected
) -> None:
    """Only while no programme is for it."""

    async def work(connection: Connection) -> None:
        competence = await _locked(connection, caller.tenant, competence_id)
        check_version(competence.version, expected)
        await store.delete(connection, caller.tenant, competence_id)

    await registry.write(caller, work, refusals=_IN_USE)


_unknown = partial(
    not_found, "This tenant has no competence with this id: list them at /v1/competences."
)


async def _locked(connection: Connection, tenant_id: UUID, competence_id: UUID) -> Competence:
    competence = await store.find(connection, tenant_id, competence_id, lock=True)
    if competence is None:
        raise _unknown()
    return competence


def _changing(
    caller: Keeper,
    competence_id: UUID,
    expected: Expected,
    change: Callable[[Competence], Competence],
) -> Callable[[Connection], Awaitable[Competence]]:
    async def work(connection: Connection) -> Competence:
        competence = await _locked(connection, caller.tenant, competence_id)
        check_version(competence.version, expected)
        changed = change(competence)
        if changed == competence:
            return competence
        return await store.update(connection, caller.tenant, changed)

    return work

"""`/v1/units/{unit}/satisfaction`, `/v1/satisfaction`, `/v1/people/{id}/satisfaction`."""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.scoring.access import Access, Member
from services.scoring.ledger import store as ledger
from services.scoring.registry_replica import store as registry_replica
from services.scoring.scorecards import store
from services.scoring.scorecards.rules import NOTHING, Card, CardKey, Period, Subject
from services.scoring.scorecards.views import (
    PersonSatisfaction,
    UnitSatisfaction,
    UnitSummary,
    evidence_view,
    unit_summary,
    unit_view,
)
from shared.db import Connection
from shared.http.auth import Principal, Role
from shared.http.paging import Page, Paging
from shared.http.problems import Problem, invalid_request, not_found
from shared.http.words import FieldProblem

router = APIRouter(prefix="/v1", tags=["satisfaction"])


def _period(period: Annotated[str, Query(max_length=7, examples=["2026-11", "2026-Q4"])]) -> Period:
    try:
        return Period.parse(period)
    except ValueError as error:
        raise invalid_request([FieldProblem("period", str(error))]) from None


InPeriod = Annotated[Period, Depends(_period)]


@router.get("/units/{unit}/satisfaction")
async def show_unit(
    unit: UUID,
    *,
    caller: Member,
    scoring: Access,
    period: InPeriod,
    service: UUID | None = None,
    population: Annotated[int | None, Query(ge=1, le=1_000_000_000)] = None,
) -> UnitSatisfaction:
    """The index of a unit, over all services or of one. With `population` (visits or inhabitants)
    it says how many answers the regulation wants."""
    async with scoring.read(caller.tenant) as connection:
        card = await unit_card(connection, caller.tenant, unit, period=period, service=service)
        stale = await is_stale(connection, card)
    return unit_view(card, stale=stale, population=population)


@router.get("/satisfaction")
async def list_units(
    caller: Member, scoring: Access, period: InPeriod, paging: Paging
) -> Page[UnitSummary]:
    """Every unit of the tenant that has answers in the period, over all services."""
    (after,) = paging.after(UUID) or (None,)
    async with scoring.read(caller.tenant) as connection:
        cards = await store.of_units(
            connection, caller.tenant, period=period, after=after, limit=paging.fetch
        )
    return paging.page([unit_summary(card) for card in cards], key=lambda line: (line.unit_id,))


@router.get("/people/{person}/satisfaction")
async def show_person(
    person: UUID, caller: Member, scoring: Access, period: InPeriod
) -> PersonSatisfaction:
    """A person's evidence: for the person, personnel officers and tenant administrators."""
    check_may_see(caller, person)
    async with scoring.read(caller.tenant) as connection:
        cards = await person_cards(connection, caller.tenant, person, period=period)
        evidence = [
            evidence_view(
                card,
                await _unit_of(connection, card),
                stale=await is_stale(connection, card),
            )
            for card in cards
        ]
    return PersonSatisfaction(
        person_id=person,
        period=period.name,
        period_starts=period.starts,
        period_ends=period.ends,
        evidence=evidence,
    )


async def unit_card(
    connection: Connection, tenant: UUID, unit: UUID, *, period: Period, service: UUID | None
) -> Card:
    """The unit's card; an empty one where nothing was counted. 404 for unknown ids."""
    await _check_known(connection, tenant, table="units", id=unit)
    if service is not None:
        await _check_known(connection, tenant, table="services", id=service)
    found = await store.of_subject(
        connection, tenant, kind="unit", subject=unit, period=period, service=service
    )
    if found and found[0].score.answers:
        return found[0]
    policy = await registry_replica.policy_for(connection, tenant, unit, on=period.starts)
    if found:
        return replace(found[0], policy=policy)
    key = CardKey(Subject(tenant, "unit", unit, unit), str(service or ""), period)
    return Card(key, NOTHING, policy)


async def person_cards(
    connection: Connection, tenant: UUID, person: UUID, *, period: Period
) -> list[Card]:
    """The person's cards that hold answers, one per unit of assignment. 404 for unknown ids."""
    await _check_known(connection, tenant, table="people", id=person)
    cards = await store.of_subject(connection, tenant, kind="person", subject=person, period=period)
    return [card for card in cards if card.score.answers]


async def is_stale(connection: Connection, card: Card) -> bool:
    """Whether the card is about to be computed again."""
    subject, period = card.key.subject, card.key.period
    return await ledger.is_stale(
        connection,
        subject.tenant_id,
        kind=subject.kind,
        subject=subject.id,
        months=(period.starts, period.ends),
    )


def check_may_see(caller: Principal, person: UUID) -> None:
    """403 unless the caller is the person, or keeps the tenant's personnel."""
    if caller.person_id == person:
        return
    if not caller.has(Role.personnel_officer, Role.tenant_administrator):
        raise Problem(
            403,
            "not-your-evidence",
            title="Not allowed",
            detail="A person's evidence is for that person and the personnel agency: use your own "
            "person id, or ask your administrator for the role personnel_officer.",
        )


async def _unit_of(connection: Connection, card: Card) -> Card | None:
    subject = card.key.subject
    found = await store.of_subject(
        connection,
        subject.tenant_id,
        kind="unit",
        subject=subject.unit_id,
        period=card.key.period,
    )
    return found[0] if found else None


async def _check_known(connection: Connection, tenant: UUID, *, table: Any, id: UUID) -> None:
    if not await registry_replica.known(connection, tenant, table=table, id=id):
        one = {"units": "unit", "services": "service", "people": "person"}[table]
        raise not_found(
            f"This tenant has no {one} with this id: check it against /v1/{table} of the registry."
        )

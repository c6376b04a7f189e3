"""`/v1/units/{unit}/satisfaction`, `/v1/satisfaction`, `/v1/people/{id}/satisfaction`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.scoring.access import Access, Member
from services.scoring.scorecards import store
from services.scoring.scorecards.lookup import (
    card_of_unit,
    check_may_see,
    is_stale,
    person_cards,
    unit_card,
)
from services.scoring.scorecards.rules import Period
from services.scoring.scorecards.views import (
    PersonSatisfaction,
    UnitSatisfaction,
    UnitSummary,
    evidence_view,
    unit_summary,
    unit_view,
)
from shared.http.paging import Page, Paging
from shared.http.problems import invalid_request
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
    async with scoring.transaction(caller.tenant) as connection:
        card = await unit_card(connection, caller.tenant, unit, period=period, service=service)
        stale = await is_stale(connection, card)
    return unit_view(card, stale=stale, population=population)


@router.get("/satisfaction")
async def list_units(
    caller: Member, scoring: Access, period: InPeriod, paging: Paging
) -> Page[UnitSummary]:
    """Every unit of the tenant that has answers in the period, over all services."""
    (after,) = paging.after(UUID) or (None,)
    async with scoring.transaction(caller.tenant) as connection:
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
    async with scoring.transaction(caller.tenant) as connection:
        cards = await person_cards(connection, caller.tenant, person, period=period)
        evidence = [
            evidence_view(
                card,
                await card_of_unit(connection, card),
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

"""`/v1/units/{unit}/satisfaction`, `/v1/satisfaction`, `/v1/people/{id}/satisfaction`."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.scoring.access import Access, Member, Streams
from services.scoring.scorecards import store
from services.scoring.scorecards.lookup import (
    card_of_unit,
    check_may_see,
    check_place,
    is_stale,
    person_cards,
    unit_card,
)
from services.scoring.scorecards.rules import Period, unit_key
from services.scoring.scorecards.views import (
    PersonSatisfaction,
    Trend,
    UnitSatisfaction,
    UnitSummary,
    evidence_view,
    trend_point,
    unit_summary,
    unit_view,
)
from shared.http.paging import Page, Paging
from shared.http.problems import invalid_request
from shared.http.streams import EventStream, LastEventId, ServerEvent
from shared.http.words import FieldProblem

router = APIRouter(prefix="/v1", tags=["satisfaction"])


def parse_period(name: str, field: str) -> Period:
    """The period that a field of a request names, or the 422 that says how one looks."""
    try:
        return Period.parse(name)
    except ValueError as error:
        raise invalid_request([FieldProblem(field, str(error))]) from None


def _period(period: Annotated[str, Query(max_length=7, examples=["2026-11", "2026-Q4"])]) -> Period:
    return parse_period(period, "period")


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


@router.get("/units/{unit}/satisfaction/trend")
async def show_trend(
    unit: UUID,
    *,
    caller: Member,
    scoring: Access,
    until: Annotated[str, Query(max_length=7, examples=["2026-11", "2026-Q4"])],
    count: Annotated[int, Query(ge=1, le=60)] = 12,
    service: UUID | None = None,
) -> Trend:
    """The index of so many months or quarters, `until` included and last."""
    periods = parse_period(until, "until").up_to_here(count)
    async with scoring.transaction(caller.tenant) as connection:
        await check_place(connection, caller.tenant, unit=unit, service=service)
        cards = await store.of_periods(
            connection, caller.tenant, unit=unit, periods=periods, service=service
        )
    points = [trend_point(period, cards.get(period)) for period in periods]
    return Trend(unit_id=unit, service_id=service, points=points)


@router.get("/units/{unit}/satisfaction/stream", response_class=EventStream, status_code=200)
async def follow_unit(
    unit: UUID,
    *,
    caller: Member,
    scoring: Access,
    streams: Streams,
    period: InPeriod,
    service: UUID | None = None,
    last_event_id: LastEventId = None,
) -> EventStream:
    """Tells of each new version of a unit's card, as `event: card` with a line of the list of
    units; the id is the version. A new reader gets the present one first."""

    async def look(seen: str | None) -> Sequence[ServerEvent]:
        async with scoring.transaction(caller.tenant) as connection:
            card = await unit_card(connection, caller.tenant, unit, period=period, service=service)
        if str(card.version) == seen:
            return []
        return [ServerEvent("card", unit_summary(card).model_dump_json(), str(card.version))]

    key = unit_key(caller.tenant, unit)
    return EventStream(streams, key=key, look=look, after=last_event_id)


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

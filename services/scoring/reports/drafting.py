"""Puts a report together from three sources that must agree: feedback, registry, and the cards."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, time
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from services.scoring.reports import store
from services.scoring.reports.rules import why_not_described
from services.scoring.reports.sources import Names, Sources
from services.scoring.reports.views import (
    Draft,
    Previous,
    ReportDocument,
    described_of,
    document_of,
    published_view,
)
from services.scoring.scorecards import store as scorecards
from services.scoring.scorecards.lookup import check_place, is_stale, unit_card
from services.scoring.scorecards.rules import Card, Period
from services.scoring.scorecards.views import trend_point
from shared.contracts import SERVICE_YEARS, is_service_time
from shared.db import Connection
from shared.db.tenant_database import TenantDatabase
from shared.http.problems import conflict, invalid_request, not_found
from shared.http.words import FieldProblem

TREND: Final = 8
"""Periods that the trend shows, the report's own included: two years of quarters."""
_ATTEMPTS: Final = 6
_BETWEEN: Final = 0.25
"""Seconds: an answer is mostly counted within one of them."""

T = TypeVar("T")


class _Unsettled(Exception):  # noqa: N818 - says what happened
    """Feedback has accepted what scoring has not counted, or the other way round."""


class Drafting:
    """One report in the making. ``authorization`` is the caller's own header."""

    def __init__(
        self,
        scoring: TenantDatabase,
        sources: Sources,
        authorization: str,
        *,
        place: store.Place,
        population: int | None,
    ) -> None:
        self._scoring = scoring
        self._sources = sources
        self._authorization = authorization
        self._place = place
        self._population = population

    async def settled(self, work: Callable[[Names, dict[str, Any]], Awaitable[T]]) -> T:
        """The result of ``work`` with the registry's names and feedback's counts: tried again for
        about a second while answers are on the way, then the 409 that says so."""
        place = self._place
        async with self._scoring.transaction(place.tenant) as connection:
            await check_place(connection, place.tenant, unit=place.unit, service=place.service)
            zone = await store.zone_of(connection, place.tenant)
        if zone is None:
            raise not_found("The tenant of your token is not known here yet: try in a moment.")
        from_, until = _moments(place.period, ZoneInfo(zone))
        names = await self._sources.names(self._authorization, place.unit)
        for attempt in range(_ATTEMPTS):
            if attempt:
                await asyncio.sleep(_BETWEEN)
            said = await self._sources.respondents(
                self._authorization, place.unit, from_=from_, until=until, service=place.service
            )
            try:
                return await work(names, said)
            except _Unsettled:
                continue
        raise conflict(
            "answers-on-the-way",
            "Answers that feedback has accepted are not counted yet: the report would contradict "
            "itself, nothing was stored. Try again in a moment; if it stays, have the dead letters "
            "of scoring looked at.",
        )

    async def draft(self, names: Names, said: dict[str, Any]) -> Draft:
        """The report as it would be published now."""
        place = self._place
        async with self._scoring.transaction(place.tenant) as connection:
            plan = await store.plan_of(connection, place)
            card, document = await self.compose(connection, plan, names=names, said=said)
            last = await store.latest(connection, place)
        return Draft(
            document=document,
            plan_version=plan.version,
            published=published_view(store.report_of(last), card_version=card.version)
            if last
            else None,
        )

    async def compose(
        self, connection: Connection, plan: store.Plan, *, names: Names, said: dict[str, Any]
    ) -> tuple[Card, ReportDocument]:
        """The unit's card and the document about it. Raises ``_Unsettled`` for ``settled``."""
        place = self._place
        card = await unit_card(
            connection, place.tenant, place.unit, period=place.period, service=place.service
        )
        if card.score.answers != said["answers"] or await is_stale(connection, card):
            raise _Unsettled
        described = await store.latest(connection, place, described=True)
        withheld = why_not_described(
            card.score.answers,
            changed=described["changed"] if described else None,
            leaves_few=await store.leaves_few(connection, place),
        )
        return card, document_of(
            card,
            place,
            names=names,
            described=described_of(said, names, withheld=withheld),
            plan=plan,
            population=self._population or plan.population,
            previous=await previous_plan(connection, place, plan),
            trend=await self._trend(connection),
        )

    async def _trend(self, connection: Connection) -> list[Any]:
        place = self._place
        periods = place.period.up_to_here(TREND)
        cards = await scorecards.of_periods(
            connection, place.tenant, unit=place.unit, periods=periods, service=place.service
        )
        return [trend_point(period, cards.get(period)) for period in periods]


async def previous_plan(
    connection: Connection, place: store.Place, plan: store.Plan
) -> Previous | None:
    """The plan of the report before, with the outcomes that ``plan`` tells."""
    row = await store.before(connection, place)
    outcomes = {outcome["entry"]: outcome for outcome in plan.outcomes}
    return Previous.of(row, outcomes) if row else None


def _moments(period: Period, zone: ZoneInfo) -> tuple[datetime, datetime]:
    from_, until = (_midnight(day, zone) for day in (period.starts, period.ends))
    if not (is_service_time(from_) and is_service_time(until)):
        raise invalid_request([FieldProblem("period", f"must lie in {SERVICE_YEARS}")])
    return from_, until


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)

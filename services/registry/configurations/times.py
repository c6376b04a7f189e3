"""Time, as a configuration says: all periods of a kind in a year, calendars by unit and day."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID
from zoneinfo import ZoneInfo

from services.registry.calendars import store as calendars
from services.registry.calendars.api import CalendarDocument
from services.registry.calendars.rules import MOST_DAYS, Calendar
from services.registry.configurations.documents import CalendarPart
from services.registry.configurations.names import Names, at
from services.registry.outcomes import EntityOutcome, Outcome, outcome_of
from services.registry.periods import store as periods
from services.registry.periods.api import NewYear
from services.registry.periods.rules import Period, closing, of_year
from shared.db import Connection, uuid7
from shared.http.problems import conflict


async def put_periods(
    connection: Connection, tenant_id: UUID, wanted: Sequence[NewYear], zone: ZoneInfo
) -> list[EntityOutcome]:
    changes = []
    for year in wanted:
        made = await periods.insert(
            connection,
            tenant_id,
            [
                Period(uuid7(), year.kind, first, end, closing(end, year.closes_after_days, zone))
                for first, end in of_year(year.year, year.kind)
            ],
        )
        there = await periods.page(
            connection, tenant_id, after=None, limit=12, kind=year.kind, year=year.year
        )
        new = {period.id for period in made}
        changes += [
            EntityOutcome(
                "period",
                f"{period.kind} {period.starts_on}",
                period.id,
                Outcome.CREATED if period.id in new else Outcome.UNCHANGED,
            )
            for period in there
        ]
    return changes


async def put_calendars(
    connection: Connection, tenant_id: UUID, wanted: Sequence[CalendarPart], names: Names
) -> list[EntityOutcome]:
    """Days that differ are added to those that are there."""
    changes = []
    for part in wanted:
        document = CalendarDocument(
            unit_id=names.unit(part.unit),
            valid_from=part.valid_from,
            week=part.week,
            days=part.days,
        )
        calendar, outcome = await _put(connection, tenant_id, document.calendar(uuid7()))
        changes.append(EntityOutcome("calendar", at("calendar", part.unit), calendar.id, outcome))
    return changes


async def _put(connection: Connection, tenant_id: UUID, new: Calendar) -> tuple[Calendar, Outcome]:
    before = await calendars.find_at(
        connection, tenant_id, unit_id=new.unit_id, valid_from=new.valid_from
    )
    after = replace(before, week=new.week) if before else new
    for day in new.days:
        after = after.with_day(day)
    if len(after.days) > MOST_DAYS:
        raise conflict(
            "calendar-full",
            f"Nothing was stored: a calendar holds {MOST_DAYS} days that differ. Begin another "
            "one from the first day of the year on.",
        )
    outcome = outcome_of(before, after)
    if outcome is Outcome.CREATED:
        await calendars.insert(connection, tenant_id, after)
    elif outcome is Outcome.CHANGED:
        await calendars.update(connection, tenant_id, after)
    return after, outcome

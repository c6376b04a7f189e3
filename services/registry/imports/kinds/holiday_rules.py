"""What a file of holidays, half days and other days that differ would change in calendars."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Final
from uuid import UUID

from services.registry.calendars.rules import (
    MIDNIGHT,
    MOST_DAYS,
    Calendar,
    Day,
    Span,
    checked_spans,
)
from services.registry.imports.cells import day_of, plain
from services.registry.imports.entities import EntityPlan, Lines, one_line
from services.registry.imports.matching import UnitBook, found_in
from services.registry.imports.rules import Findings, Row, Sheet
from shared.contracts.service_time import SERVICE_YEARS, is_service_day

HOLIDAY: Final = "libur"
"""What exports write for a day without work."""
_HOLIDAY_WORDS: Final = {"libur", "liburnasional", "cutibersama", "holiday", "off", "dayoff"}
_HALF_DAY_WORDS: Final = {"setengahhari", "halfday", "hariseparuh", "separuhhari"}
_NOON: Final = time(12)
_MOST_SPANS: Final = 8
_SPAN = re.compile(
    r"(\d{1,2})[:.](\d{2})\s*(?:-|\u2013|s\.?/?d\.?|to|sampai)\s*(\d{1,2})[:.](\d{2})"
)


@dataclass(frozen=True, slots=True)
class KnownCalendars:
    """All calendars of the tenant and its units."""

    calendars: Iterable[Calendar]
    units: UnitBook


def plan_holidays(sheet: Sheet, known: KnownCalendars) -> EntityPlan[Calendar]:
    """A day is put into the calendar that holds on it, of the tenant or of the unit that is named.

    Without hours a new day is a holiday; cells that are empty leave what is stored.
    """
    findings = Findings(sheet)
    plan: EntityPlan[Calendar] = EntityPlan(findings)
    stored = {calendar.id: calendar for calendar in known.calendars}
    planned = dict(stored)
    lines = Lines(findings)
    for row in sheet.each():
        unit_id = found_in(known.units, row, "unit", findings)
        day = _day(row, findings)
        if day is None or (row["unit"] and unit_id is None):
            continue
        lines.take(row, "day", (unit_id, day), what="date of a calendar")
        held = holding(planned.values(), unit_id, day)
        if held is None:
            whose = "the unit has no calendar of its own" if unit_id else "the tenant has none"
            reason = f"is a day on which no calendar holds, {whose}: begin one first"
            findings.refuse(row, "day", reason)
            continue
        before = next((each for each in held.days if each.day == day), None)
        after = _changed(row, before or Day(day), held, findings)
        if before is None and len(held.days) >= MOST_DAYS:
            reason = f"is one day more than the {MOST_DAYS} that a calendar holds: begin another"
            findings.refuse(row, "day", f"{reason} one from the first day of the year on")
        if row.line in findings.lines:
            continue
        planned[held.id] = held.with_day(after)
        if before is None:
            plan.created += 1
        elif after != before:
            plan.changed += 1
        else:
            plan.unchanged += 1
    plan.altered = [each for each in planned.values() if each != stored[each.id]]
    return plan


def holding(calendars: Iterable[Calendar], unit_id: UUID | None, day: date) -> Calendar | None:
    """Of the calendars of this unit, or of the tenant itself, the one that holds on a day."""
    begun = [each for each in calendars if each.unit_id == unit_id and each.valid_from <= day]
    return max(begun, key=lambda each: each.valid_from, default=None)


def hours_text(day: Day) -> str:
    """The hours of a day as an export writes them."""
    spans = [f"{span.starts:%H:%M}-{span.ends:%H:%M}" for span in day.spans]
    return "; ".join(spans) or HOLIDAY


def _day(row: Row, findings: Findings) -> date | None:
    if not row["day"]:
        findings.refuse(row, "day", "is empty: state the date")
        return None
    day = day_of(row, "day", findings)
    if day and not is_service_day(day):
        findings.refuse(row, "day", f"must be a day of {SERVICE_YEARS}")
        return None
    return day


def _changed(row: Row, before: Day, calendar: Calendar, findings: Findings) -> Day:
    """The day as the row wants it; hours that are refused are noted."""
    # What an export wrote is what is stored, whatever a cell cannot hold of it.
    if row["name"] and row["name"] != one_line(before.name or ""):
        before = replace(before, name=row["name"])
    if not row["hours"]:
        return before
    try:
        spans = _spans(row["hours"], calendar.week[before.day.weekday()])
    except ValueError as refusal:
        findings.refuse(row, "hours", str(refusal))
        return before
    return replace(before, spans=spans)


def _spans(text: str, usual: Iterable[Span]) -> tuple[Span, ...]:
    """The hours that a cell states; of half a day those before noon. Raises `ValueError`."""
    if plain(text) in _HOLIDAY_WORDS:
        return ()
    if plain(text) in _HALF_DAY_WORDS:
        spans = [
            replace(span, ends=_NOON if span.ends == MIDNIGHT else min(span.ends, _NOON))
            for span in usual
            if span.starts < _NOON
        ]
        if not spans:
            raise ValueError("is half of a day without hours before noon: state the hours")
        return checked_spans(spans)
    parts = [part.strip() for part in re.split(r"[;,]", text) if part.strip()]
    found = [_SPAN.fullmatch(part.lower()) for part in parts]
    if None in found or len(parts) > _MOST_SPANS:
        raise ValueError(
            f"must be {HOLIDAY}, setengah hari, or at most {_MOST_SPANS} spans of hours such as "
            "08:00-12:00; 13:00-15:00"
        )
    return checked_spans(
        Span(_clock(each[1], each[2]), _clock(each[3], each[4])) for each in found if each
    )


def _clock(hours: str, minutes: str) -> time:
    if (hours, minutes) == ("24", "00"):
        return MIDNIGHT
    try:
        return time(int(hours), int(minutes))
    except ValueError:
        raise ValueError("names a time that no clock shows: hours are 00:00 to 24:00") from None

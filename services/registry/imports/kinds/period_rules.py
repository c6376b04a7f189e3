"""What a file of evaluation periods would change."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from services.registry.imports.cells import parsed_date, plain
from services.registry.imports.days import first_of, last_text, until_of
from services.registry.imports.entities import EntityPlan, Lines
from services.registry.imports.rules import CellRefused, Findings, Row, Sheet
from services.registry.periods.rules import Period, PeriodRefused, check_dates, closing, end_of
from shared.contracts.service_time import SERVICE_YEARS, is_service_day

KIND_TEXTS: Final = {"monthly": "bulanan", "quarterly": "triwulanan", "yearly": "tahunan"}
"""What exports write; the words below read it."""
_KINDS: Final = {
    "monthly": "monthly month bulanan bulan",
    "quarterly": "quarterly quarter triwulanan triwulan tw",
    "yearly": "yearly year annual tahunan tahun",
}
_KIND_WORDS: Final = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_FIELDS: Final = {"starts_on": "from", "closes_at": "closes"}
_MOMENT: Final = re.compile(r"(.+?)[T ,]+(\d{1,2}[.:]\d{2})([.:]\d{2})?")
_YEARS: Final = range(2000, 2301)
_CLOSES_AFTER: Final = 31
"""Days after a new period, where nothing is said: as where a year is generated."""


@dataclass(frozen=True, slots=True)
class KnownPeriods:
    """All periods, and the tenant's zone."""

    periods: Iterable[Period]
    zone: ZoneInfo


def plan_periods(
    sheet: Sheet, known: KnownPeriods, *, new_id: Callable[[], UUID]
) -> EntityPlan[Period]:
    """Periods are recognised by kind and first day, which say the last one. Files begin periods and
    move their closing; their states are advanced one by one."""
    findings = Findings(sheet)
    plan: EntityPlan[Period] = EntityPlan(findings)
    stored = {(period.kind, period.starts_on): period for period in known.periods}
    lines = Lines(findings)
    for row in sheet.each():
        kind = _KIND_WORDS.get(plain(row["kind"]))
        if kind is None:
            findings.refuse(row, "kind", f"must be one of {', '.join(KIND_TEXTS.values())}")
        first = first_of(row, findings)
        if kind is None or first is None:
            continue
        lines.take(row, "from", (kind, first), what="period")
        after = _period(row, (kind, first), stored, known.zone, findings, new_id=new_id)
        if after and row.line not in findings.lines:
            plan.put(stored.get((kind, first)), after)
    return plan


def _period(
    row: Row,
    key: tuple[str, date],
    stored: dict[tuple[str, date], Period],
    zone: ZoneInfo,
    findings: Findings,
    *,
    new_id: Callable[[], UUID],
) -> Period | None:
    """The period as the row wants it; None where something about it is refused."""
    kind, first = key
    if not is_service_day(first):
        findings.refuse(row, "from", f"must be a day of {SERVICE_YEARS}")
        return None
    try:
        ends_on = end_of(kind, first)
        if (until_of(row, findings, first=first) or ends_on) != ends_on:
            reason = f"must be {last_text(ends_on)}, the last day of a {KIND_TEXTS[kind]} one"
            findings.refuse(row, "until", f"{reason} from then: or leave it empty")
        after = stored.get(key) or Period(
            new_id(), kind, first, ends_on, closing(ends_on, _CLOSES_AFTER, zone)
        )
        # What an export wrote is what is stored, whatever a cell cannot hold of it.
        if row["closes"] and row["closes"] != closing_text(after, zone):
            after = replace(after, closes_at=_moment(row["closes"], zone))
            findings.note(row, "closes", closing_text(after, zone))
        check_dates(after, zone)
    except PeriodRefused as refusal:
        findings.refuse(row, _FIELDS[refusal.field], str(refusal))
    except CellRefused as refusal:
        findings.refuse(row, "closes", str(refusal))
    else:
        return after
    return None


def closing_text(period: Period, zone: ZoneInfo) -> str:
    """What an export writes: the last day on which something is in time, or day and time."""
    try:
        local = period.closes_at.astimezone(zone).replace(tzinfo=None)
    except OverflowError:  # the end of time
        return period.closes_at.isoformat()
    if local.time() == time():
        return (local.date() - timedelta(days=1)).isoformat()
    return local.isoformat(" ", "minutes" if not local.second else "auto")


def _moment(text: str, zone: ZoneInfo) -> datetime:
    """The midnight that ends a day, or a time of a day. Raises `CellRefused`."""
    found = _MOMENT.fullmatch(text)
    day = parsed_date(found[1] if found else text)
    if day.year not in _YEARS:
        raise CellRefused(f"must be a day of the years {_YEARS[0]} to {_YEARS[-1]}")
    if found is None:
        return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    try:
        clock = time.fromisoformat(found[2].replace(".", ":").zfill(5))
    except ValueError:
        raise CellRefused("must end with a time of day such as 15:00, or be a date only") from None
    return datetime.combine(day, clock, zone).astimezone(UTC)

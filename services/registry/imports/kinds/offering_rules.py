"""What a file of services would change."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from services.registry.imports.cells import plain, whole
from services.registry.imports.matching import UnitBook
from services.registry.imports.rules import CellRefused, Findings, Plan, Row, Sheet
from services.registry.offerings.rules import Offering

_MOST = {
    "standard_minutes": 10_000_000,
    "standard_working_days": 10_000,
    "cost_rupiah": 1_000_000_000_000,
}
_MOST_REQUIREMENTS = 50
_LONGEST_REQUIREMENT = 500
_FREE = {"gratis", "free", "tidakdipungutbiaya", "tanpabiaya"}


@dataclass(slots=True)
class OfferingPlan(Plan):
    """What to insert and what to update."""

    new: list[Offering] = field(default_factory=list)
    altered: list[Offering] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class KnownOfferings:
    """All services, and the units that may offer them."""

    offerings: Iterable[Offering]
    units: UnitBook


def plan_offerings(
    sheet: Sheet, known: KnownOfferings, *, new_id: Callable[[], UUID]
) -> OfferingPlan:
    """Services are recognised by their name. Columns that the file lacks stay as they are."""
    findings = Findings(sheet)
    plan = OfferingPlan(findings)
    by_name = {offering.name: offering for offering in known.offerings}
    lines: dict[str, int] = {}
    for row in sheet.each():
        name = row["name"]
        first = lines.setdefault(name, row.line)
        if not name:
            findings.refuse(row, "name", "is empty: name the service")
        elif first != row.line:
            findings.refuse(row, "name", f"stands in line {first} too: one row for each service")
        before = by_name.get(name)
        after = before or Offering(new_id(), name)
        shown = texts_of(after, known.units)
        given = {
            column: _value(column, row, known.units, findings)
            for column in sheet.places
            # What an export wrote is what is stored, whatever a cell cannot hold of it.
            if column != "name" and row[column] != " ".join(shown[column].split())
        }
        after = replace(after, **given)
        if after.promised_twice():
            findings.refuse(row, "standard_working_days", "stands beside minutes: state only one")
        if row.line in findings.lines:
            continue
        if before is None:
            plan.new.append(after)
        elif after != before:
            plan.altered.append(after)
        else:
            plan.unchanged += 1
    plan.created, plan.changed = len(plan.new), len(plan.altered)
    return plan


def texts_of(offering: Offering, units: UnitBook) -> dict[str, str]:
    """A service as cells."""

    def number(value: int | None) -> str:
        return "" if value is None else str(value)

    return {
        "name": offering.name,
        "standard_minutes": number(offering.standard_minutes),
        "standard_working_days": number(offering.standard_working_days),
        "cost_rupiah": number(offering.cost_rupiah),
        "requirements": "; ".join(offering.requirements),
        "description": offering.description or "",
        "unit_ids": "; ".join(units.word_for(unit) for unit in offering.unit_ids),
    }


def _value(column: str, row: Row, units: UnitBook, findings: Findings) -> Any:
    """What a cell says; where it is refused, that is noted."""
    text = row[column]
    parts = tuple(part for each in text.split(";") if (part := each.strip()))
    if column == "unit_ids":
        return _units(row, parts, units, findings)
    if column == "requirements":
        if len(parts) > _MOST_REQUIREMENTS or any(len(p) > _LONGEST_REQUIREMENT for p in parts):
            reason = f"must be at most {_MOST_REQUIREMENTS} lines of {_LONGEST_REQUIREMENT} letters"
            findings.refuse(row, column, reason)
        return parts
    if column == "description" or not text:
        return text or None
    if column == "cost_rupiah" and plain(text) in _FREE:
        return 0
    least = 0 if column == "cost_rupiah" else 1
    return whole(row, column, findings, least=least, most=_MOST[column])


def _units(row: Row, words: Iterable[str], units: UnitBook, findings: Findings) -> tuple[UUID, ...]:
    found = set()
    for word in words:
        try:
            found.add(units.find(word))
        except CellRefused as refusal:
            findings.refuse(row, "unit_ids", str(refusal))
    return tuple(sorted(found))

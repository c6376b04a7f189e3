"""What a file of services would change."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from uuid import UUID

from services.registry.imports.cells import whole
from services.registry.imports.rules import Findings, Plan, Sheet
from services.registry.offerings.rules import Offering

_MOST_MINUTES = 10_000_000


@dataclass(slots=True)
class OfferingPlan(Plan):
    """What to insert and what to update."""

    new: list[Offering] = field(default_factory=list)
    altered: list[Offering] = field(default_factory=list)


def plan_offerings(
    sheet: Sheet, known: Iterable[Offering], *, new_id: Callable[[], UUID]
) -> OfferingPlan:
    """Services are recognised by their name. Columns that the file lacks stay as they are."""
    findings = Findings(sheet)
    plan = OfferingPlan(findings)
    by_name = {offering.name: offering for offering in known}
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
        if "standard_minutes" in sheet.places:
            minutes = None
            if row["standard_minutes"]:
                minutes = whole(row, "standard_minutes", findings, least=1, most=_MOST_MINUTES)
            after = replace(after, standard_minutes=minutes)
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

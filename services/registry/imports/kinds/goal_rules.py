"""What a file of the region's goals would change."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.registry.goals.rules import Goal
from services.registry.imports.days import first_of, until_of
from services.registry.imports.entities import EntityPlan, Lines, one_line
from services.registry.imports.rules import Findings, Sheet


def plan_goals(
    sheet: Sheet, known: Iterable[Goal], *, new_id: Callable[[], UUID]
) -> EntityPlan[Goal]:
    """Goals are recognised by name and first day: the same words may be a goal of other years
    again. An empty last day leaves what is stored."""
    findings = Findings(sheet)
    plan: EntityPlan[Goal] = EntityPlan(findings)
    stored: dict[tuple[str, date], list[Goal]] = {}
    for goal in known:
        stored.setdefault((one_line(goal.name), goal.starts_on), []).append(goal)
    lines = Lines(findings)
    for row in sheet.each():
        if not row["name"]:
            findings.refuse(row, "name", "is empty: name the goal")
        first = first_of(row, findings)
        until = until_of(row, findings, first=first)
        if first is None:
            continue
        key = row["name"], first
        lines.take(row, "name", key, what="goal and first day")
        same = stored.get(key, [])
        if len(same) > 1:
            reason = f"is the name of {len(same)} goals that begin on {first}: rename or delete one"
            findings.refuse(row, "name", reason)
        if not same and until is None:
            findings.refuse(row, "until", "is empty: a new goal needs a last day")
        if row.line not in findings.lines:
            before = same[0] if same else None
            after = before or Goal(new_id(), *key, ends_on=first)
            plan.put(before, replace(after, ends_on=until or after.ends_on))
    return plan

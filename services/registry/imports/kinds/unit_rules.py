"""What a file of units would change."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from services.registry.imports.cells import plain
from services.registry.imports.matching import Named, UnitBook
from services.registry.imports.rules import CellRefused, Findings, Plan, Row, Sheet
from services.registry.units.rules import Circle, Unit, flaws

LONGEST_WORD = 40
_UNNAMED_KIND = "unit"


@dataclass(slots=True)
class UnitPlan(Plan):
    """What to insert and what to update; the upper units come first."""

    new: list[Unit] = field(default_factory=list)
    altered: list[Unit] = field(default_factory=list)


def plan_units(sheet: Sheet, known: Sequence[Unit], *, new_id: Callable[[], UUID]) -> UnitPlan:
    """Units are recognised by their code. Columns that the file lacks stay as they are; an empty
    parent makes a top unit."""
    findings = Findings(sheet)
    plan = UnitPlan(findings)
    by_code = {unit.code or str(unit.id): unit for unit in known}
    units = {unit.id: unit for unit in known}
    drafts: dict[UUID, Row] = {}
    lines: dict[str, int] = {}
    for row in sheet.each():
        _check_words(row, findings)
        if reason := _bad_code(row["code"], lines):
            findings.refuse(row, "code", reason)
            continue
        lines[row["code"]] = row.line
        before = by_code.get(row["code"]) or Unit(
            new_id(), "", _UNNAMED_KIND, row["code"], version=0
        )
        units[before.id] = replace(before, name=row["name"], kind=row["kind"] or before.kind)
        drafts[before.id] = row
    if "parent" in sheet.places:
        _place(units, drafts, sheet, findings=findings)
    stored = {unit.id: unit for unit in known}
    for unit_id in drafts:
        if unit_id not in stored:
            plan.new.append(replace(units[unit_id], version=1))
        elif units[unit_id] != stored[unit_id]:
            plan.altered.append(units[unit_id])
    plan.created, plan.changed = len(plan.new), len(plan.altered)
    plan.unchanged = len(drafts) - plan.created - plan.changed
    return plan


def _place(
    units: dict[UUID, Unit],
    drafts: Mapping[UUID, Row],
    sheet: Sheet,
    *,
    findings: Findings,
) -> None:
    """Hang every unit of the file below its parent; parents stand in the file or are stored."""
    book = UnitBook(
        Named(unit.id, unit.code, (unit.name, *unit.aliases)) for unit in units.values()
    )
    left_out = {
        plain(row[name]): row.line
        for row in sheet.left_out
        for name in ("code", "name")
        if row[name]
    }
    for unit_id, row in drafts.items():
        parent_id = None
        if row["parent"]:
            try:
                parent_id = book.find(row["parent"])
            except CellRefused as refusal:
                line = left_out.get(plain(row["parent"]))
                findings.refuse(
                    row,
                    "parent",
                    f"names the unit of line {line}, which is bad itself: correct that one first"
                    if line
                    else str(refusal).replace(
                        "a stored unit: import units first",
                        "a unit, neither in this file nor stored",
                    ),
                )
                continue
        units[unit_id] = replace(units[unit_id], parent_id=parent_id)
    for unit_id in drafts:
        if not units[unit_id].states:
            units[unit_id] = _begun_with_those_above(units, unit_id)
    tree = {unit.id: unit.in_step() for unit in units.values()}
    for found in flaws(tree, drafts):
        reason = (
            "puts the unit below itself, now or by what is planned: choose another parent"
            if isinstance(found, Circle)
            else f"names a unit that does not exist on {found.day}: choose another parent"
        )
        findings.refuse(drafts[found.unit_id], "parent", reason)


def _begun_with_those_above(units: Mapping[UUID, Unit], unit_id: UUID) -> Unit:
    """A new unit that is there since the nearest stored one above it is."""
    above, seen = units[unit_id], {unit_id}
    while not above.states and above.parent_id is not None and above.parent_id not in seen:
        seen.add(above.parent_id)
        above = units[above.parent_id]
    return replace(units[unit_id], state_from=above.begins_on)


def _bad_code(code: str, lines: Mapping[str, int]) -> str | None:
    if not code:
        return "is empty: every unit needs a code, by which later files recognise it"
    if code in lines:
        return f"stands in line {lines[code]} too: a code belongs to one unit"
    return None


def _check_words(row: Row, findings: Findings) -> None:
    if not row["name"]:
        findings.refuse(row, "name", "is empty: name the unit")

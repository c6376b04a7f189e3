"""What a file of units would change."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from uuid import UUID

from services.registry.imports.rules import BadCell, Row, Sheet
from services.registry.units.rules import Unit, in_cycles

NAMES = {
    "code": frozenset(
        {"code", "unitcode", "kode", "kodeunit", "kodeunitkerja", "kodeopd", "kodeskpd"}
    ),
    "name": frozenset({"name", "unitname", "nama", "namaunit", "namaunitkerja", "namaopd"}),
    "kind": frozenset({"kind", "type", "jenis", "jenisunit", "tipe", "kategori"}),
    "parent": frozenset(
        {"parent", "parentcode", "induk", "kodeinduk", "unitinduk", "kodeunitinduk", "kodeatasan"}
    ),
}
REQUIRED = frozenset({"code", "name"})
_LONGEST_WORD = 40
_UNNAMED_KIND = "unit"


@dataclass(slots=True)
class UnitPlan:
    """What to insert and what to update; nothing of it is done while there is a bad cell."""

    new: list[Unit] = field(default_factory=list)
    changed: list[Unit] = field(default_factory=list)
    unchanged: int = 0
    bad: list[BadCell] = field(default_factory=list)


def plan_units(sheet: Sheet, existing: Iterable[Unit], *, new_id: Callable[[], UUID]) -> UnitPlan:
    """Units are recognised by their code. Columns that the file lacks stay as they are; an empty
    parent makes a top unit."""
    plan = UnitPlan(bad=list(sheet.bad))
    known = {unit.code: unit for unit in existing if unit.code is not None}
    units = {unit.id: unit for unit in existing}
    lines: dict[str, Row] = {}
    for row in sheet.rows:
        if reason := _bad_code(row, lines):
            plan.bad.append(sheet.refuse(row, "code", reason))
        else:
            lines[row["code"]] = row
    ids = {code: known[code].id if code in known else new_id() for code in lines}
    ids = {code: unit.id for code, unit in known.items()} | ids
    drafts: dict[UUID, Row] = {}
    for code, row in lines.items():
        before = known.get(code) or Unit(ids[code], "", _UNNAMED_KIND, code, version=0)
        plan.bad += _bad_words(sheet, row)
        parent_id = before.parent_id
        if "parent" in sheet.columns:
            parent_id = ids.get(row["parent"])
            if row["parent"] and parent_id is None:
                reason = "is not the code of a unit, neither in this file nor stored"
                plan.bad.append(sheet.refuse(row, "parent", reason))
        after = replace(
            before, name=row["name"], kind=row["kind"] or before.kind, parent_id=parent_id
        )
        units[after.id] = after
        drafts[after.id] = row
        if before.version == 0:
            plan.new.append(replace(after, version=1))
        elif after != before:
            plan.changed.append(after)
        else:
            plan.unchanged += 1
    parents = {unit.id: unit.parent_id for unit in units.values()}
    reason = "puts the unit below itself: choose another parent"
    plan.bad += [
        sheet.refuse(drafts[unit], "parent", reason) for unit in in_cycles(parents, drafts)
    ]
    plan.bad.sort(key=lambda bad: (bad.line, bad.column))
    return plan


def _bad_code(row: Row, lines: dict[str, Row]) -> str | None:
    if not row["code"]:
        return "is empty: every unit needs a code, by which later files recognise it"
    if len(row["code"]) > _LONGEST_WORD:
        return f"has more than {_LONGEST_WORD} characters"
    if row["code"] in lines:
        return f"stands in line {lines[row['code']].line} too: a code belongs to one unit"
    return None


def _bad_words(sheet: Sheet, row: Row) -> list[BadCell]:
    bad = []
    if not row["name"]:
        bad.append(sheet.refuse(row, "name", "is empty: name the unit"))
    if len(row["kind"]) > _LONGEST_WORD:
        bad.append(sheet.refuse(row, "kind", f"has more than {_LONGEST_WORD} characters"))
    return bad

"""What a file of leaves would change."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from services.registry.imports.cells import plain
from services.registry.imports.days import first_of, refuse_overlaps, until_of
from services.registry.imports.entities import EntityPlan, Lines
from services.registry.imports.matching import PersonBook, person_in
from services.registry.imports.rules import Findings, Row, Sheet
from services.registry.leaves.rules import Leave

KIND_TEXTS: Final = {
    "annual": "cuti tahunan",
    "sick": "cuti sakit",
    "maternity": "cuti melahirkan",
    "important": "cuti karena alasan penting",
    "big": "cuti besar",
    "study": "tugas belajar",
    "unpaid": "cuti di luar tanggungan negara",
    "pre_retirement": "masa persiapan pensiun",
    "suspended": "diberhentikan sementara",
}
"""What exports write; the words below read it."""
_ALSO: Final = {
    "tahunan": "annual",
    "sakit": "sick",
    "melahirkan": "maternity",
    "cutibersalin": "maternity",
    "alasanpenting": "important",
    "cutialasanpenting": "important",
    "besar": "big",
    "cltn": "unpaid",
    "mpp": "pre_retirement",
    "bebastugas": "pre_retirement",
    "pemberhentiansementara": "suspended",
}
_KIND_WORDS: Final = {
    **_ALSO,
    **{plain(text): kind for kind, text in KIND_TEXTS.items()},
    **{plain(kind): kind for kind in KIND_TEXTS},
}


@dataclass(frozen=True, slots=True)
class KnownLeaves:
    """Everybody, and the leaves of those whom the file names."""

    people: PersonBook
    leaves: Iterable[Leave]


def plan_leaves(
    sheet: Sheet, known: KnownLeaves, *, new_id: Callable[[], UUID]
) -> EntityPlan[Leave]:
    """Leaves are recognised by person and first day. An empty last day leaves what is stored; a new
    leave without one goes on."""
    findings = Findings(sheet)
    plan: EntityPlan[Leave] = EntityPlan(findings)
    stored = {(leave.person_id, leave.valid_from): leave for leave in known.leaves}
    planned = dict(stored)
    rows: dict[UUID, Row] = {}
    lines = Lines(findings)
    for row in sheet.each():
        if not row["person"]:
            findings.refuse(row, "person", "is empty: name the person by NIP or employee id")
        person = person_in(known.people, row, "person", findings)
        first = first_of(row, findings)
        until = until_of(row, findings, first=first)
        if person is None or first is None:
            _kind(row, None, findings)
            continue
        key = person.id, first
        lines.take(row, "from", key, what="leave of a person")
        before = stored.get(key)
        kind = _kind(row, before, findings)
        if row.line not in findings.lines:
            leave = before or Leave(new_id(), person.id, kind, first)
            planned[key] = replace(leave, kind=kind, valid_until=until or leave.valid_until)
            rows[planned[key].id] = row
    refuse_overlaps(planned.values(), rows, findings, what="leave")
    for key, leave in planned.items():
        if leave.id in rows and rows[leave.id].line not in findings.lines:
            plan.put(stored.get(key), leave)
    return plan


def _kind(row: Row, before: Leave | None, findings: Findings) -> str:
    """The kind the row states, or has stored; empty where it is refused."""
    if not row["kind"] and before:
        return before.kind
    kind = _KIND_WORDS.get(plain(row["kind"]), "")
    if not kind:
        reason = f"must be one of {', '.join(KIND_TEXTS.values())}"
        findings.refuse(row, "kind", reason if row["kind"] else f"is empty: it {reason}")
    return kind

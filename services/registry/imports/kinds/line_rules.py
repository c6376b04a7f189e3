"""What a file of reporting lines would change."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.registry.imports.days import first_of, last_text, refuse_overlaps, until_of
from services.registry.imports.entities import EntityPlan, Lines
from services.registry.imports.matching import PersonBook, person_in
from services.registry.imports.rules import Findings, Row, Sheet
from services.registry.reporting_lines.rules import Line, change, circles


@dataclass(frozen=True, slots=True)
class KnownLines:
    """Everybody, and the lines of those whom the file names, of their superiors and so on."""

    people: PersonBook
    lines: Iterable[Line]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A row that names who assesses whom since when; without `until` nothing is said of the end."""

    row: Row
    person_id: UUID
    assessor_id: UUID
    reviewer_id: UUID | None
    first: date
    until: date | None


def plan_lines(sheet: Sheet, known: KnownLines, *, new_id: Callable[[], UUID]) -> EntityPlan[Line]:
    """Lines are recognised by person and first day.

    Where another line holds on that day, the row is a change of assessor: the other one ends, and
    the new one takes over its remaining days; where the same people stand in it already, nothing
    changes. An empty last day leaves what is stored, and so does an empty reviewer, as long as the
    assessor is the same.
    """
    findings = Findings(sheet)
    planner = _Planner(known.lines, findings, new_id)
    lines = Lines(findings)
    wanted = [found for row in sheet.each() if (found := _read(row, known, findings, lines))]
    for each in sorted(wanted, key=lambda each: each.first):
        planner.take(each)
    return planner.plan()


def _read(row: Row, known: KnownLines, findings: Findings, lines: Lines) -> _Wanted | None:
    """What a row says; None where some of it is refused."""
    for name, who in (("person", "person"), ("assessor", "assessor")):
        if not row[name]:
            findings.refuse(row, name, f"is empty: name the {who} by NIP or employee id")
    person = person_in(known.people, row, "person", findings)
    assessor = person_in(known.people, row, "assessor", findings)
    reviewer = person_in(known.people, row, "reviewer", findings)
    first = first_of(row, findings)
    until = until_of(row, findings, first=first)
    if person and first:
        lines.take(row, "from", (person.id, first), what="line of a person")
    if person and assessor == person:
        findings.refuse(row, "assessor", "is the person themselves: somebody else assesses")
    if reviewer and reviewer in (person, assessor):
        reason = "must be neither the person nor the assessor: objections go to somebody else"
        findings.refuse(row, "reviewer", reason)
    if row.line in findings.lines or not (person and assessor and first):
        return None
    reviewer_id = reviewer.id if reviewer else None
    return _Wanted(row, person.id, assessor.id, reviewer_id, first, until)


class _Planner:
    """The lines as they become, row by row in the order of their first days."""

    def __init__(
        self, lines: Iterable[Line], findings: Findings, new_id: Callable[[], UUID]
    ) -> None:
        self._stored = {line.id: line for line in lines}
        self._lines = dict(self._stored)
        self._of_person: dict[UUID, list[UUID]] = {}
        for line in self._stored.values():
            self._of_person.setdefault(line.person_id, []).append(line.id)
        self._rows: dict[UUID, Row] = {}
        self._stated: set[UUID] = set()
        self._findings = findings
        self._new_id = new_id
        self._taken: list[tuple[Row, UUID, bool]] = []

    def take(self, wanted: _Wanted) -> None:
        """What one row makes of the lines of its person."""
        lines = [self._lines[each] for each in self._of_person.get(wanted.person_id, [])]
        same = next((line for line in lines if line.valid_from == wanted.first), None)
        held = same or next((line for line in lines if line.holds_on(wanted.first)), None)
        if held is None:
            later = [line.valid_from for line in lines if line.valid_from > wanted.first]
            if later and wanted.until is None:
                reason = f"is empty, and another line begins later, on {min(later)}: state it"
                self._findings.refuse(wanted.row, "until", reason)
                return
            line = Line(
                self._new_id(),
                wanted.person_id,
                wanted.assessor_id,
                wanted.first,
                wanted.until,
                wanted.reviewer_id,
            )
            self._put(wanted, line, changes=False)
            return
        kept = held.reviewer_id if held.assessor_id == wanted.assessor_id else None
        reviewer_id = wanted.reviewer_id or kept
        after = replace(held, assessor_id=wanted.assessor_id, reviewer_id=reviewer_id)
        if same is None and after != held:
            if held.id in self._stated:
                reason = (
                    f"is a day of the line from {held.valid_from} to {last_text(held.valid_until)}"
                )
                self._findings.refuse(
                    wanted.row, "from", f"{reason}, as this file states it: choose other days"
                )
                return
            ended, after = change(
                [held],
                wanted.assessor_id,
                on=wanted.first,
                new_id=self._new_id(),
                reviewer_id=reviewer_id,
            )
            self._lines[ended.id] = ended
        until = wanted.until or after.valid_until
        self._put(wanted, replace(after, valid_until=until), changes=True)

    def _put(self, wanted: _Wanted, line: Line, *, changes: bool) -> None:
        if line.id not in self._lines:
            self._of_person.setdefault(line.person_id, []).append(line.id)
        self._lines[line.id] = line
        self._rows[line.id] = wanted.row
        if wanted.until:
            self._stated.add(line.id)
        self._taken.append((wanted.row, line.id, changes))

    def plan(self) -> EntityPlan[Line]:
        """What is to be stored, once circles and overlaps are refused."""
        findings = self._findings
        refuse_overlaps(self._lines.values(), self._rows, findings, what="line")
        touched = [self._lines[line_id] for line_id in self._rows]
        for line_id, day in circles(touched, self._lines.values()).items():
            findings.refuse(
                self._rows[line_id],
                "assessor",
                f"is assessed below the person on {day}, or the reviewer is: nobody stands above "
                "themselves. Choose somebody else, or other days",
            )
        plan: EntityPlan[Line] = EntityPlan(findings)
        for line in self._lines.values():
            before = self._stored.get(line.id)
            if before is None:
                plan.new.append(line)
            elif before != line:
                plan.altered.append(line)
        for row, line_id, changes in self._taken:
            if row.line in findings.lines:
                continue
            if self._stored.get(line_id) == self._lines[line_id]:
                plan.unchanged += 1
            elif changes:
                plan.changed += 1
            else:
                plan.created += 1
        return plan

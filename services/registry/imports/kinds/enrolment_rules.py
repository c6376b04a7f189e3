"""What a file of who takes part in training would change."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from services.registry.enrolments.rules import Enrolment, check_completion
from services.registry.imports.amounts import amount_of, amount_text
from services.registry.imports.cells import day_of, plain
from services.registry.imports.entities import EntityPlan, Lines, one_line
from services.registry.imports.matching import PersonBook, person_in
from services.registry.imports.rules import Findings, Row, Sheet
from services.registry.training.rules import Programme, ProgrammeRefused

_HIGHEST_MARK: Final = 100
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class KnownEnrolments:
    """All enrolments and programmes, and who may be enrolled; `today` in the tenant's zone."""

    enrolments: Iterable[Enrolment]
    programmes: Iterable[Programme]
    people: PersonBook
    today: date
    now: datetime


def plan_enrolments(
    sheet: Sheet, known: KnownEnrolments, *, new_id: Callable[[], UUID]
) -> EntityPlan[Enrolment]:
    """A place is recognised by programme and person. Empty cells leave what is stored: no file
    takes a completion back."""
    findings = Findings(sheet)
    plan: EntityPlan[Enrolment] = EntityPlan(findings)
    stored = {(each.programme_id, each.person_id): each for each in known.enrolments}
    taken = Counter({programme.id: programme.enrolled for programme in known.programmes})
    lines = Lines(findings)
    for row in sheet.each():
        if not row["person"]:
            findings.refuse(row, "person", "is empty: state the NIP or employee id")
        person = person_in(known.people, row, "person", findings)
        programme = _programme(row, known.programmes, findings)
        if person is None or programme is None:
            continue
        key = programme.id, person.id
        lines.take(row, "person", key, what="person and programme")
        before = stored.get(key)
        after = before or Enrolment(new_id(), *key, enrolled_at=known.now)
        after = _completed(row, after, programme, known.today, findings=findings)
        if before is None and row.line not in findings.lines:
            taken[programme.id] += 1
            if programme.places is not None and taken[programme.id] > programme.places:
                reason = f"is one too many: all {programme.places} places are taken"
                findings.refuse(row, "programme", reason)
        if row.line not in findings.lines:
            plan.put(before, after)
    return plan


def texts_of(enrolment: Enrolment, programme: Programme, people: PersonBook) -> dict[str, str]:
    """A place as cells."""
    return {
        "person": people.word_for(enrolment.person_id),
        "programme": one_line(programme.name),
        "from": programme.starts_on.isoformat(),
        "completed_on": enrolment.completed_on.isoformat() if enrolment.completed_on else "",
        "mark": "" if enrolment.mark is None else amount_text(enrolment.mark),
    }


def _programme(row: Row, programmes: Iterable[Programme], findings: Findings) -> Programme | None:
    """The one of this name, and of this first day where the row states it."""
    if not row["programme"]:
        findings.refuse(row, "programme", "is empty: name the programme")
        return None
    first = day_of(row, "from", findings) if row["from"] else None
    if row["from"] and first is None:
        return None
    named = [
        each
        for each in programmes
        if plain(each.name) == plain(row["programme"]) and first in (None, each.starts_on)
    ]
    exact = [each for each in named if one_line(each.name) == row["programme"]]
    found = exact or named
    if len(found) == 1:
        return found[0]
    reason = (
        "is the name of several programmes: state the first day beside it"
        if found
        else "is not a stored programme, or not of this first day: import programmes first"
    )
    findings.refuse(row, "programme", reason)
    return None


def _completed(
    row: Row, enrolment: Enrolment, programme: Programme, today: date, *, findings: Findings
) -> Enrolment:
    """With the completion that the row states; what it refuses is noted."""
    mark = enrolment.mark
    if row["mark"]:
        mark = amount_of(row, "mark", findings)
        if mark is not None and (mark > _HIGHEST_MARK or mark != mark.quantize(_CENT)):
            findings.refuse(row, "mark", f"must be 0 to {_HIGHEST_MARK}, with at most 2 decimals")
    completed_on = enrolment.completed_on
    if row["completed_on"]:
        completed_on = day_of(row, "completed_on", findings)
        if completed_on and completed_on != enrolment.completed_on:
            try:
                check_completion(programme, completed_on, today)
            except ProgrammeRefused as refusal:
                findings.refuse(row, refusal.field, str(refusal))
    elif mark is not None and completed_on is None:
        findings.refuse(row, "completed_on", "is empty: a mark needs the day of completion")
    return replace(enrolment, completed_on=completed_on, mark=mark)

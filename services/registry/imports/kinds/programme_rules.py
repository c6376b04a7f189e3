"""What a file of training programmes would change."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from services.registry.imports.amounts import list_text, listed
from services.registry.imports.cells import whole
from services.registry.imports.days import first_of, last_text, until_of
from services.registry.imports.entities import EntityPlan, Lines, one_line
from services.registry.imports.matching import NameBook
from services.registry.imports.rules import Findings, Row, Sheet
from services.registry.training.rules import Programme, ProgrammeRefused, check_programme
from shared.contracts.service_time import SERVICE_YEARS, is_service_day

_MOST_PLACES = 100_000
_COLUMNS = {"starts_on": "from", "ends_on": "until"}


@dataclass(frozen=True, slots=True)
class KnownProgrammes:
    """All programmes, and the competences they may be for."""

    programmes: Iterable[Programme]
    competences: NameBook


def plan_programmes(
    sheet: Sheet, known: KnownProgrammes, *, new_id: Callable[[], UUID]
) -> EntityPlan[Programme]:
    """Programmes are recognised by name and first day: of another year it is another one. Columns
    that the file lacks stay as they are."""
    findings = Findings(sheet)
    plan: EntityPlan[Programme] = EntityPlan(findings)
    stored = {(one_line(each.name), each.starts_on): each for each in known.programmes}
    lines = Lines(findings)
    for row in sheet.each():
        if not row["name"]:
            findings.refuse(row, "name", "is empty: name the programme")
        first = first_of(row, findings)
        if first is None:
            continue
        lines.take(row, "name", (row["name"], first), what="programme and first day")
        before = stored.get((row["name"], first))
        shown = texts_of(before, known.competences) if before else {}
        given = {
            name: _value(name, row, known.competences, findings)
            for name in ("provider", "places", "competence_ids")
            if name in sheet.places and row[name] != one_line(shown.get(name, ""))
        }
        until = until_of(row, findings, first=first) or (before.ends_on if before else None)
        if until is None:
            findings.refuse(row, "until", "is empty: a new programme needs a last day")
            continue
        after = before or Programme(new_id(), row["name"], "", first, until)
        after = replace(after, ends_on=until, **given)
        _check(row, before, after, findings=findings)
        if row.line not in findings.lines:
            plan.put(before, after)
    return plan


def texts_of(programme: Programme, competences: NameBook) -> dict[str, str]:
    """A programme as cells."""
    return {
        "name": programme.name,
        "provider": programme.provider,
        "from": programme.starts_on.isoformat(),
        "until": last_text(programme.ends_on),
        "places": "" if programme.places is None else str(programme.places),
        "competence_ids": list_text(
            [competences.word_for(each) for each in programme.competence_ids]
        ),
    }


def _check(row: Row, before: Programme | None, after: Programme, *, findings: Findings) -> None:
    if not after.provider:
        findings.refuse(row, "provider", "is empty: name who gives the programme")
    days: tuple[tuple[str, date], ...] = (("from", after.starts_on), ("until", after.ends_on))
    for name, day in days:
        if before is None and not is_service_day(day):
            years = f"{SERVICE_YEARS[0]} to {SERVICE_YEARS[-1]}"
            findings.refuse(row, name, f"must be a day of the years {years}")
    try:
        check_programme(after)
    except ProgrammeRefused as refusal:
        findings.refuse(row, _COLUMNS.get(refusal.field, refusal.field), str(refusal))


def _value(name: str, row: Row, competences: NameBook, findings: Findings) -> Any:
    """What a cell says; where it is refused, that is noted."""
    if name == "provider":
        return row[name]
    if name == "places":
        return whole(row, name, findings, least=1, most=_MOST_PLACES) if row[name] else None
    return tuple(sorted({*listed(row, name, findings, competences.find)}))

"""What a file of competences would change."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from services.registry.competences.rules import Competence
from services.registry.imports.amounts import list_text, listed
from services.registry.imports.entities import EntityPlan, Lines, one_line
from services.registry.imports.kinds.training_words import COMPETENCE_KIND, ELEMENT, VALUE
from services.registry.imports.matching import NameBook
from services.registry.imports.rules import Findings, Row, Sheet

_LISTS: Final = {"values": VALUE, "elements": ELEMENT}


@dataclass(frozen=True, slots=True)
class KnownCompetences:
    """All competences, and the indicators that may show a lack of them."""

    competences: Iterable[Competence]
    indicators: NameBook


def plan_competences(
    sheet: Sheet, known: KnownCompetences, *, new_id: Callable[[], UUID]
) -> EntityPlan[Competence]:
    """Competences are recognised by their code. Columns that the file lacks stay as they are."""
    findings = Findings(sheet)
    plan: EntityPlan[Competence] = EntityPlan(findings)
    by_code = {one_line(competence.code): competence for competence in known.competences}
    lines = Lines(findings)
    for row in sheet.each():
        if not row["code"]:
            findings.refuse(row, "code", "is empty: by its code later files recognise it")
            continue
        lines.take(row, "code", row["code"], what="competence")
        before = by_code.get(row["code"])
        after = before or Competence(new_id(), row["code"], "", "")
        shown = texts_of(before, known.indicators) if before else {}
        given = {
            name: _value(name, row, known.indicators, findings)
            for name in sheet.places
            if name != "code" and row[name] != one_line(shown.get(name, ""))
        }
        after = replace(after, **given)
        for name, value in (("name", after.name), ("kind", after.kind)):
            if not value:
                findings.refuse(row, name, "is empty: every competence has one")
        if row.line not in findings.lines:
            plan.put(before, after)
    return plan


def texts_of(competence: Competence, indicators: NameBook) -> dict[str, str]:
    """A competence as cells."""
    return {
        "code": competence.code,
        "name": competence.name,
        "kind": COMPETENCE_KIND.texts[competence.kind],
        "description": competence.description or "",
        "indicator_ids": list_text(
            [indicators.word_for(each) for each in competence.indicator_ids]
        ),
        "values": list_text([VALUE.texts[value] for value in competence.values]),
        "elements": list_text([ELEMENT.texts[element] for element in competence.elements]),
    }


def _value(name: str, row: Row, indicators: NameBook, findings: Findings) -> Any:
    """What a cell says; where it is refused, that is noted."""
    if name in _LISTS:
        return _LISTS[name].list_of(row, name, findings)
    if name == "indicator_ids":
        return tuple(sorted({*listed(row, name, findings, indicators.find)}))
    if name == "kind":
        return COMPETENCE_KIND.of(row, name, findings) or ""
    return row[name] or (None if name == "description" else "")

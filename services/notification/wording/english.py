"""The messages in English."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from services.notification.wording.rules import Language, Occasion, day, decimal, period, whole

Words = tuple[str, str, tuple[str, ...]]
"""Subject, short text, paragraphs."""

_EN: Final = Language.ENGLISH
_ELEMENTS: Final = {
    "persyaratan": "requirements",
    "prosedur": "procedure",
    "waktu": "time taken",
    "biaya": "fees",
    "produk": "product of the service",
    "kompetensi": "competence of staff",
    "perilaku": "conduct of staff",
    "pengaduan": "handling of complaints",
    "sarana": "facilities",
}


def _grade_changed(said: Mapping[str, Any]) -> Words:
    unit, when = said["unit"] or "A unit", period(said["period"], _EN)
    change = f"from {said['previous_grade']} to {said['grade']}"
    index, answers = decimal(said["index"], _EN), whole(said["answers"], _EN)
    return (
        f"The grade of {unit} changed {change}",
        f"{unit}: the grade of {when} changed {change} (index {index}, {answers} answers).",
        (
            f"The grade of {unit} in {when} changed {change}.",
            f"The satisfaction index is now {index}, from {answers} answers. Open the unit's page"
            " to see which elements rose or fell.",
        ),
    )


def _critical_answer(said: Mapping[str, Any]) -> Words:
    unit, service = said["unit"] or "a unit", said["service"] or "a service"
    elements = ", ".join(_ELEMENTS[element] for element in said["elements"])
    when = day(said["day"], _EN)
    return (
        f"A very low mark in {unit}",
        f"{unit}, {service}, {when}: a citizen gave the mark 1 for {elements}.",
        (
            f"On {when} a citizen gave the mark 1 (the lowest) for the service {service} of"
            f" {unit}.",
            f"Elements with the mark 1: {elements}.",
            "This message names no ticket, no hour and no officer: citizens' answers are"
            " anonymous.",
        ),
    )


def _period_digest(said: Mapping[str, Any]) -> Words:
    unit, when = said["unit"] or "your unit", period(said["month"], _EN)
    lines = [_line(line) for line in said["units"]]
    if said["more"]:
        lines.append(f"... and {whole(said['more'], _EN)} more units")
    return (
        f"Satisfaction in {when}: {unit}",
        f"{when} in short. {lines[0]}.",
        (f"Satisfaction with {unit} and the units below it in {when}:", "\n".join(lines)),
    )


def _line(line: Mapping[str, Any]) -> str:
    name, answers = line["unit"] or "Unit", whole(line["answers"], _EN)
    if line["index"] is None:
        return f"{name}: no answers yet"
    shown = f"{name}: index {decimal(line['index'], _EN)}, grade {line['grade']}, {answers} answers"
    if line["change"] is None:
        return f"{shown}, no answers the month before"
    if line["change"] == "0.00":
        return f"{shown}, as the month before"
    way = "down" if line["change"].startswith("-") else "up"
    return f"{shown}, {way} {line['change'].lstrip('-')} from the month before"


def _critical_digest(said: Mapping[str, Any]) -> Words:
    total = sum(line["answers"] for line in said["units"])
    lines = [f"{line['unit'] or 'Unit'}: {whole(line['answers'], _EN)}" for line in said["units"]]
    when = day(said["day"], _EN)
    return (
        f"{whole(total, _EN)} very low marks until {when}",
        f"{whole(total, _EN)} citizens' answers with the mark 1 since the last summary.",
        (
            f"Since the last summary, until {when}, {whole(total, _EN)} citizens' answers had the"
            " mark 1:",
            "\n".join(lines),
        ),
    )


WORDS: Final[Mapping[Occasion, Callable[[Mapping[str, Any]], Words]]] = {
    Occasion.GRADE_CHANGED: _grade_changed,
    Occasion.CRITICAL_ANSWER: _critical_answer,
    Occasion.PERIOD_DIGEST: _period_digest,
    Occasion.CRITICAL_DIGEST: _critical_digest,
}

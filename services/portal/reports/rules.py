"""Between the form of a plan and the document that scoring takes."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

ENTRY_FIELDS: Final = ("id", "element", "measure", "quarter", "responsible")
MOST: Final = 30
STATUSES: Final = ("done", "under_way", "not_started", "dropped")


def plan_of_form(form: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a plan: lines without a measure are left out, outcomes without a status too.

    The fields are ``entry-0-measure`` and ``outcome-<id>-status``; what they hold is checked by
    scoring. Raises ``ValueError`` where the population is not a number.
    """
    entries = []
    for at in range(MOST):
        given = {name: str(form.get(f"entry-{at}-{name}", "")).strip() for name in ENTRY_FIELDS}
        if given["measure"]:
            entries.append({name: value for name, value in given.items() if value})
    outcomes = [
        {
            "entry": name.removeprefix("outcome-").removesuffix("-status"),
            "status": str(value),
            "note": str(form.get(name.removesuffix("-status") + "-note", "")).strip(),
        }
        for name, value in form.items()
        if name.startswith("outcome-") and name.endswith("-status") and value
    ]
    population = str(form.get("population", "")).strip().replace(".", "").replace(",", "")
    return {
        "population": int(population) if population else None,
        "entries": entries,
        "outcomes": outcomes,
    }


def plan_as_typed(plan: Mapping[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
    """The plan to edit with a form over what is stored: nothing that was typed is lost. Nothing of
    it is checked."""
    lines = [
        {name: form.get(f"entry-{at}-{name}", "") for name in ENTRY_FIELDS} for at in range(MOST)
    ]
    previous = plan["previous"]
    if previous:
        entries = [
            entry
            | {
                part: form.get(f"outcome-{entry['id']}-{part}", entry[part])
                for part in ("status", "note")
            }
            for entry in previous["entries"]
        ]
        previous = previous | {"entries": entries}
    return {
        "version": form.get("version", plan["version"]),
        "population": form.get("population", ""),
        # An empty line has an element too: that is chosen before anything is typed.
        "entries": [line for line in lines if any((line | {"element": ""}).values())],
        "previous": previous,
    }


def rows_to_edit(entries: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The entries, and one empty line for another."""
    empty = dict.fromkeys(ENTRY_FIELDS, "")
    return [*entries, empty] if len(entries) < MOST else [*entries]


def bars_of(elements: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, float]]:
    """Element, its mean x 25, and the length of its bar: the scale is 25 to 100."""
    return [
        (line["element"], line["index"], round((float(line["index"]) - 25) / 75 * 100, 1))
        for line in elements
        if line["status"] == "active"
    ]


def file_name(document: Mapping[str, Any], revision: int | None) -> str:
    """`skm-2026-Q4-revisi-1.xlsx`: letters, digits and dashes only."""
    stand = f"revisi-{revision}" if revision else "konsep"
    return f"skm-{document['period']}-{stand}.xlsx"

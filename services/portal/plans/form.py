"""Between the form of a plan and the document that the registry takes.

A form is held as it was typed: numbers are words in the language of the page. Its fields are
``result-0-title``, ``result-0-indicator-1-low``, ``expectation-loyal``, ``support``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.portal.languages.catalogue import Language
from services.portal.languages.formats import quantity, read_quantity
from services.portal.plans.rules import NOTES, VALUES

MOST_RESULTS: Final = 30
MOST_INDICATORS: Final = 10
MOST_IN_ALL: Final = 60
LONGEST_TITLE: Final = 500
LONGEST: Final = 2000
"""What the registry takes: results, indicators of one and of all, characters of a title and of a
text."""
ASPECTS: Final = ("quantity", "quality", "time", "cost")
UNITS: Final = (
    "count",
    "percent",
    "index",
    "minutes",
    "working_minutes",
    "hours",
    "working_days",
    "days",
    "weeks",
    "months",
    "rupiah",
)
_RESULT: Final = ("id", "title", "main", "serves")
_INDICATOR: Final = ("id", "aspect", "title", "unit", "better", "low", "high", "indicator")
_NEW_INDICATOR: Final = dict.fromkeys(_INDICATOR, "") | {
    "aspect": "quantity",
    "unit": "count",
    "better": "higher",
}
_NAMES: Final = {
    "measure_unit": "unit",
    "target_low": "low",
    "target_high": "high",
    "indicator_id": "indicator",
    "serves_result_id": "serves",
    "serves_goal_id": "serves",
}
"""The fields of the form by those of the document."""


def typed_from(document: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """The form that shows a stored document."""
    return {
        "results": [
            {
                "id": result["id"],
                "title": result["title"],
                "main": "yes" if result["main"] else "no",
                "serves": _served(result),
                "indicators": [
                    {
                        "id": each["id"],
                        "aspect": each["aspect"],
                        "title": each["title"],
                        "unit": each["measure_unit"],
                        "better": each["better"],
                        **_bounds(each, language),
                        "indicator": each["indicator_id"] or "",
                    }
                    for each in result["indicators"]
                ],
            }
            for result in document["results"]
        ],
        "expectations": {value: document["expectations"].get(value, "") for value in VALUES},
        **{note: document[note] for note in NOTES},
    }


def _bounds(target: Mapping[str, Any], language: Language) -> dict[str, str]:
    low, high = (quantity(language, target[f"target_{bound}"]) for bound in ("low", "high"))
    return {"low": low, "high": "" if high == low else high}


def typed_in(form: Mapping[str, Any]) -> dict[str, Any]:
    """The form that was sent, line by line as it stood on the page."""

    def words(name: str) -> str:
        return str(form.get(name, "")).replace("\r\n", "\n").strip()

    results = []
    for at in range(MOST_RESULTS):
        line = f"result-{at}-"
        if f"{line}id" not in form:
            break
        indicators = []
        for below in range(MOST_INDICATORS):
            inner = f"{line}indicator-{below}-"
            if f"{inner}id" not in form:
                break
            indicators.append({name: words(inner + name) for name in _INDICATOR})
        results.append({name: words(line + name) for name in _RESULT} | {"indicators": indicators})
    return {
        "results": results,
        "expectations": {value: words(f"expectation-{value}") for value in VALUES},
        **{note: words(note) for note in NOTES},
    }


def with_rows_changed(typed: Mapping[str, Any], what: str) -> dict[str, Any]:
    """The form after a button such as ``add-result``, ``remove-result-2``, ``add-indicator-0`` or
    ``remove-indicator-0-1``; one that fits nothing changes nothing."""
    results = [dict(r, indicators=list(r["indicators"])) for r in typed["results"]]
    found = _BUTTON.fullmatch(what)
    if found is None:
        return {**typed}
    what, at, below = found[1], int(found[2] or -1), int(found[3] or -1)
    if what == "add-result" and len(results) < MOST_RESULTS:
        empty = dict.fromkeys(_RESULT, "") | {"main": "yes"}
        results.append(empty | {"indicators": []})
        if has_room(results, -1):
            results[-1]["indicators"].append(dict(_NEW_INDICATOR))
    elif 0 <= at < len(results):
        indicators = results[at]["indicators"]
        if what == "add-indicator" and has_room(results, at):
            indicators.append(dict(_NEW_INDICATOR))
        elif what == "remove-indicator" and 0 <= below < len(indicators):
            del indicators[below]
        elif what == "remove-result":
            del results[at]
    return {**typed, "results": results}


_BUTTON: Final = re.compile(
    r"((?:add|remove)-(?:result|indicator))(?:-(\d{1,2}))?(?:-(\d{1,2}))?", re.ASCII
)


def has_room(results: Sequence[Mapping[str, Any]], at: int) -> bool:
    """Whether a result may have one more indicator."""
    all_of_them = sum(len(result["indicators"]) for result in results)
    return len(results[at]["indicators"]) < MOST_INDICATORS and all_of_them < MOST_IN_ALL


@dataclass(frozen=True, slots=True)
class Read:
    """``typed`` without the lines where nothing was said, the document it says, and by the name of
    a field what is wrong with it (a key below ``plans.wrong``). The document is for nobody where
    something is wrong."""

    typed: dict[str, Any]
    document: dict[str, Any]
    wrong: dict[str, str]


def read(typed: Mapping[str, Any], language: Language) -> Read:
    """What a form says. Lines without an id are new."""
    kept = []
    for result in typed["results"]:
        said = [i for i in result["indicators"] if i["title"] or i["low"] or i["high"]]
        if result["title"] or said:
            kept.append(dict(result, indicators=said))
    wrong: dict[str, str] = {}
    document = {
        "results": [
            _result(result, f"result-{at}-", language, wrong) for at, result in enumerate(kept)
        ],
        "expectations": {value: words for value, words in typed["expectations"].items() if words},
        **{note: typed[note] for note in NOTES},
    }
    return Read({**typed, "results": kept}, document, wrong)


def _result(
    typed: Mapping[str, Any], line: str, language: Language, wrong: dict[str, str]
) -> dict[str, Any]:
    if not typed["title"]:
        wrong[f"{line}title"] = "missing"
    kind, _, served = typed["serves"].partition(":")
    return _known(typed) | {
        "title": typed["title"],
        "main": typed["main"] != "no",
        "serves_result_id": served if kind == "result" else None,
        "serves_goal_id": served if kind == "goal" else None,
        "indicators": [
            _indicator(each, f"{line}indicator-{at}-", language, wrong)
            for at, each in enumerate(typed["indicators"])
        ],
    }


def _indicator(
    typed: Mapping[str, Any], line: str, language: Language, wrong: dict[str, str]
) -> dict[str, Any]:
    if not typed["title"]:
        wrong[f"{line}title"] = "missing"
    bounds: dict[str, Any] = {}
    # One bound alone is a point: most targets are.
    for bound, other in (("low", "high"), ("high", "low")):
        words = typed[bound] or typed[other]
        try:
            bounds[bound] = read_quantity(language, words)
        except ValueError:
            wrong[line + (bound if typed[bound] else "low")] = "number" if words else "missing"
    if len(bounds) == len(("low", "high")) and bounds["low"] > bounds["high"]:
        wrong[f"{line}high"] = "order"
    return _known(typed) | {
        "aspect": typed["aspect"],
        "title": typed["title"],
        "measure_unit": typed["unit"],
        "better": typed["better"],
        "target_low": str(bounds.get("low", "")),
        "target_high": str(bounds.get("high", "")),
        "indicator_id": typed["indicator"] or None,
    }


def _known(typed: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": typed["id"]} if typed["id"] else {}


def refused_field(path: str) -> str:
    """The field of the form that a refusal of the registry is about:
    ``results[0].indicators[1].target_low`` is ``result-0-indicator-1-low``."""
    found = re.search(r"results\[(\d+)\](?:\.indicators\[(\d+)\])?(?:\.(\w+))?", path)
    if found is None:
        last = path.rpartition(".")[2]
        return f"expectation-{last}" if last in VALUES else last
    result, indicator, name = found.groups()
    line = f"result-{result}-" + (f"indicator-{indicator}-" if indicator else "")
    return line + _NAMES.get(name or "title", name or "title")


def _served(result: Mapping[str, Any]) -> str:
    for kind in ("result", "goal"):
        if served := result[f"serves_{kind}_id"]:
            return f"{kind}:{served}"
    return ""

"""What the pages of the organisation compute themselves: the tree, and what a form says."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

EFFECTS: Final = (
    "past_changes",
    "assessor_elsewhere",
    "plan_of_before",
    "plan_with_other_leader",
    "stands_elsewhere",
    "goes_on_elsewhere",
    "goes_on_without_post",
    "begins_to_hold",
    "holds_no_more",
    "stays_behind",
)
"""What a change does to something else, the gravest first."""


class Nothing(ValueError):  # noqa: N818 - it reads as a sentence
    """The form says what is so already."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A unit and what stands below it; ``size`` counts all of that, however deep."""

    unit: Mapping[str, Any]
    below: "list[Branch]"
    size: int


def forest(units: Sequence[Mapping[str, Any]]) -> list[Branch]:
    """All units, each below its parent, by name. One whose parent is not among them is a top one;
    those of a circle, which the registry does not allow, are left out."""
    known = {unit["id"] for unit in units}
    below: dict[Any, list[Mapping[str, Any]]] = defaultdict(list)
    for unit in sorted(units, key=lambda unit: unit["name"].casefold()):
        below[unit["parent_id"] if unit["parent_id"] in known else None].append(unit)

    def branch(unit: Mapping[str, Any]) -> Branch:
        parts = [branch(each) for each in below[unit["id"]]]
        return Branch(unit, parts, sum(part.size + 1 for part in parts))

    return [branch(unit) for unit in below[None]]


@dataclass(frozen=True, slots=True)
class Effects:
    """All of one sort that a change brings along; `what` is a word of EFFECTS, or `other`."""

    what: str
    names: list[str]


def effects_by_sort(effects: Iterable[tuple[str, str]]) -> list[Effects]:
    """Effects, each a sort and a name, put together by their sort, in the order of EFFECTS."""
    found: dict[str, list[str]] = defaultdict(list)
    for what, name in effects:
        found[what if what in EFFECTS else "other"].append(name)
    return [Effects(what, found[what]) for what in (*EFFECTS, "other") if what in found]


def move_of(form: Mapping[str, str], unit: Mapping[str, Any]) -> dict[str, Any]:
    """The document of a dated change: the day, and what is no longer as the unit is now.

    Raise Nothing where that is nothing.
    """
    wanted = {
        "name": " ".join(form.get("name", "").split()),
        "kind": " ".join(form.get("kind", "").split()),
        "parent_id": form.get("parent_id") or None,
    }
    changed = {field: value for field, value in wanted.items() if value != unit[field]}
    if not changed:
        raise Nothing
    return {"on": day_of(form.get("on", ""))} | changed


def new_unit_of(form: Mapping[str, str]) -> dict[str, str]:
    """The document of one more unit; what was left empty is not said."""
    fields = ("name", "kind", "code", "parent_id", "since")
    return {name: words for name in fields if (words := " ".join(form.get(name, "").split()))}


def aliases_of(form: Mapping[str, str]) -> list[str]:
    """One on each line; empty lines and repetitions are nothing."""
    lines = (" ".join(line.split()) for line in form.get("aliases", "").splitlines())
    return list(dict.fromkeys(line for line in lines if line))


def day_of(words: str) -> str:
    """An ISO day as it was sent by a form; empty for anything else, which the registry refuses."""
    try:
        return date.fromisoformat(words).isoformat()
    except ValueError:
        return ""


def is_past(day: str, today: date) -> bool:
    """Whether an ISO day lies before today; what is no day does not."""
    try:
        return date.fromisoformat(day) < today
    except ValueError:
        return False

"""Which level says what: the chain from the regulation down to a unit, field by field."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from services.portal.policies.fields import FIELDS, SURVEY
from shared.contracts import SatisfactionPolicyChanged
from shared.contracts.policy_levels import REGULATION_OF

REGULATIONS: Final = {
    kind: (regulation.name, regulation.document.model_dump(mode="json"))
    for kind, regulation in REGULATION_OF.items()
}
"""By kind of policy: the name of the regulation and its complete document."""

SURVEY_REGULATION: Final = "PermenPANRB 14/2017"
_SURVEY_DEFAULTS: Final = {
    name: SatisfactionPolicyChanged.model_fields[name].default for name in SURVEY
}


@dataclass(frozen=True, slots=True)
class Level:
    """A place where a policy may stand. ``in_force`` and ``coming`` are its policies by kind: the
    one that holds on the day, and the next one after it."""

    kind: Literal["tenant", "unit", "here"]
    unit_id: str | None
    name: str
    in_force: Mapping[str, Mapping[str, Any]]
    coming: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Said:
    """A value, and the name of who says it; a regulation has no policy and no first day."""

    value: Any
    name: str
    policy_id: str | None = None
    valid_from: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A field: what holds, and what that stands instead of, the nearest first."""

    field: str
    holds: Said
    instead: tuple[Said, ...]


def levels_of(
    tenant: str,
    path: Sequence[Mapping[str, Any]],
    policies: Iterable[Mapping[str, Any]],
    on: str,
) -> list[Level]:
    """The tenant, then the units of ``path`` from the top down to the unit itself. ``on`` is an
    ISO date; of several policies of a kind at a level the latest one begun by then holds."""
    in_force: dict[str | None, dict[str, Mapping[str, Any]]] = {}
    coming: dict[str | None, dict[str, Mapping[str, Any]]] = {}
    for policy in sorted(policies, key=lambda policy: str(policy["valid_from"])):
        kind = policy["document"]["policy_kind"]
        if policy["valid_from"] <= on:
            in_force.setdefault(policy["unit_id"], {})[kind] = policy
        else:
            coming.setdefault(policy["unit_id"], {}).setdefault(kind, policy)
    places: list[tuple[Literal["tenant", "unit", "here"], str | None, str]] = [
        ("tenant", None, tenant)
    ]
    places += [("here" if step is path[-1] else "unit", step["id"], step["name"]) for step in path]
    return [
        Level(kind, unit_id, name, in_force.get(unit_id, {}), coming.get(unit_id, {}))
        for kind, unit_id, name in places
    ]


def said_on(kind: str, field: str, levels: Sequence[Level]) -> list[Said]:
    """Everybody who says something about a field, the nearest first; the last is the regulation."""
    name, regulation = REGULATIONS[kind]
    found = [Said(regulation[field], name)]
    for level in levels:
        policy = level.in_force.get(kind)
        value = policy["document"].get(field) if policy else None
        if policy and value is not None:
            found.append(Said(value, level.name, policy["id"], policy["valid_from"]))
    return found[::-1]


def topics(effect: Sequence[Mapping[str, Any]], levels: Sequence[Level]) -> dict[str, list[Line]]:
    """Every field of every kind at the last of ``levels``: what holds is the registry's word
    (``kinds`` of its answer), what that stands instead of is read from the levels."""
    holding = {
        (kind["kind"], each["field"]): Said(
            each["value"],
            each["source"]["name"],
            each["source"]["policy_id"],
            each["source"]["valid_from"],
        )
        for kind in effect
        for each in kind["fields"]
    }
    found: dict[str, list[Line]] = {}
    for kind, fields in FIELDS.items():
        found[kind] = []
        for field in fields:
            holds = holding[kind, field]
            others = [
                said for said in said_on(kind, field, levels) if said.policy_id != holds.policy_id
            ]
            found[kind].append(Line(field, holds, tuple(others)))
    return found


def survey_lines(effect: Mapping[str, Any], levels: Sequence[Level]) -> list[Line]:
    """The same for the policy of the survey, which each level says as a whole."""
    source = effect["source"]
    found = []
    for field in SURVEY:
        said = [Said(_SURVEY_DEFAULTS[field], SURVEY_REGULATION)]
        for level in levels:
            if policy := level.in_force.get("satisfaction"):
                value = policy["document"][field]
                said.append(Said(value, level.name, policy["id"], policy["valid_from"]))
        holds = Said(effect[field], source["name"], source["policy_id"], source["valid_from"])
        others = [each for each in said[::-1] if each.policy_id != holds.policy_id]
        found.append(Line(field, holds, tuple(others)))
    return found


def changed_fields(
    kind: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[str]:
    """The fields in which two documents of a kind differ, in the order of the page."""
    said_before, said_after = before or {}, after or {}
    return [field for field in FIELDS[kind] if said_before.get(field) != said_after.get(field)]

"""What the plan pages work out themselves: which result serves which, and what may be done now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any, Final, Literal

STATES: Final = ("draft", "discussed", "agreed")
VALUES: Final = (
    "berorientasi_pelayanan",
    "akuntabel",
    "kompeten",
    "harmonis",
    "loyal",
    "adaptif",
    "kolaboratif",
)
"""BerAKHLAK, in the order of its letters."""
NOTES: Final = ("support", "evidence", "consequences")


@dataclass(frozen=True, slots=True)
class Numbered:
    """A result of the plan with the number it is spoken of."""

    number: int
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Strand:
    """What stands side by side: results of the plan, and the one thing all of them serve.

    ``kind`` is ``result`` (of the leader), ``goal`` (of the region), ``unknown`` (it stood in the
    leader's plan once) or ``none``; ``label`` is the letter of what is served.
    """

    kind: Literal["result", "goal", "unknown", "none"]
    label: str
    title: str
    results: tuple[Numbered, ...]


def strands(
    results: Sequence[Mapping[str, Any]],
    above: Sequence[Mapping[str, Any]],
    goals: Sequence[Mapping[str, Any]],
) -> list[Strand]:
    """The results of a plan beside what they serve: results of the leader in their order (also
    those that nothing serves), then goals that are served, then what serves nothing."""
    numbered = [Numbered(at, result) for at, result in enumerate(results, 1)]

    def serving(key: str, wanted: object) -> tuple[Numbered, ...]:
        return tuple(each for each in numbered if each.result[key] == wanted)

    asked = {each.result["serves_goal_id"] for each in numbered}
    found: list[Strand] = []
    for served in above:
        those = serving("serves_result_id", served["id"])
        found.append(Strand("result", _letter(len(found)), served["title"], those))
    for goal in goals:
        if goal["id"] in asked:
            those = serving("serves_goal_id", goal["id"])
            found.append(Strand("goal", _letter(len(found)), goal["name"], those))
    drawn = {each.number for strand in found for each in strand.results}
    rest = [each for each in numbered if each.number not in drawn]
    lost = tuple(e for e in rest if e.result["serves_result_id"] or e.result["serves_goal_id"])
    if lost:
        found.append(Strand("unknown", "", "", lost))
    if alone := tuple(each for each in rest if each not in lost):
        found.append(Strand("none", "", "", alone))
    return found


def may_do(plan: Mapping[str, Any], me: str | None, assessor: str | None) -> frozenset[str]:
    """Of ``edit``, ``discuss``, ``agree``, ``amend`` and ``withdraw`` what the newest revision
    waits for from somebody; ``assessor`` is who assesses the employee today, who may have come
    after it was written. The registry has the last word."""
    newest = plan["revisions"][-1]
    employee, leader = plan["employee"]["id"], plan["leader"]["id"]
    if me is None or me not in {employee, leader, assessor}:
        return frozenset()
    signed = {
        employee: newest["agreed_by_employee_at"],
        leader: newest["agreed_by_leader_at"],
    }
    match newest["state"]:
        case "draft":
            return frozenset({"edit", "discuss", "withdraw"})
        case "discussed":
            return frozenset({"edit", "withdraw"} | ({"agree"} if not signed.get(me) else set()))
        case _:
            return frozenset({"amend"})


def _letter(at: int) -> str:
    """A to Z, then A2 and so on."""
    turn, place = divmod(at, len(ascii_uppercase))
    return ascii_uppercase[place] + (str(turn + 1) if turn else "")

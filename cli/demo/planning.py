"""Who assesses whom in a place, and the plans that wait there for both sides to agree."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from cli.client import Login
from cli.demo.places import Assignment, Place, Plan

_BEGINS: Final = date(2026, 1, 1)
"""Lines and plans: the first day of the year that the configurations plan."""


async def plan_year(login: Login, place: Place, *, people: Mapping[str, str]) -> None:
    """Register reporting lines and plans as the personnel agency would; what is there stays."""
    for person, (assessor, begins) in assessors(place).items():
        path = f"/v1/people/{people[person]}/reporting-lines"
        if not await login.get("registry", path):
            body = {"assessor_id": people[assessor], "valid_from": begins.isoformat()}
            await login.post("registry", path, body)
    periods = await login.all("registry", "/v1/periods", kind="yearly", on=_BEGINS)
    for plan in place.plans:
        person = people[plan.person]
        if not await login.all("registry", "/v1/plans", person_id=person):
            opened = {"person_id": person, "period_id": periods[0]["id"]}
            await _fill(login, await login.post("registry", "/v1/plans", opened), plan)


def assessors(place: Place) -> dict[str, tuple[str, date]]:
    """The assessor of each person, and from when: the head of the unit, for heads that of the
    nearest unit above which has one. Who has nobody above has no line."""
    heads = {each.unit: each.person for each in _definitive(place) if "head" in each.duties}
    above = {unit.code: unit.parent for unit in place.units}
    found = {}
    for each in _definitive(place):
        unit = each.unit
        while unit and heads.get(unit, each.person) == each.person:
            unit = above[unit]
        if unit:
            found[each.person] = (heads[unit], max(_BEGINS, each.valid_from))
    return found


def _definitive(place: Place) -> list[Assignment]:
    return [each for each in place.assignments if each.kind == "definitive" and not each.until]


async def _fill(login: Login, made: Any, plan: Plan) -> None:
    """Write down and discuss a plan; what is left is for both sides, who can sign in."""
    served = {result["title"]: result["id"] for result in made["leader_results"]}
    results = [
        {name: value for name, value in result.items() if name != "serves"}
        | ({"serves_result_id": served[result["serves"]]} if "serves" in result else {})
        for result in plan.results
    ]
    document = {"results": results, "expectations": dict(plan.expectations)}
    path = f"/v1/plans/{made['id']}"
    await login.put("registry", f"{path}/draft", document)
    await login.post("registry", f"{path}/discuss")

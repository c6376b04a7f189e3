"""`/plans`: one's own and the team's; `/plans/{plan}`: a plan, employee and leader side by side."""

import asyncio
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.portal.plans.asking import CLOSED, chosen_period, me, period_name, scene
from services.portal.plans.rules import NOTES, STATES, VALUES
from services.portal.results.asking import today
from services.portal.view import SignedForm, SignedIn, View
from shared.http.problems import Problem

router = APIRouter(prefix="/plans")

_SAID = frozenset({"saved", "discussed", "agreed", "amended", "withdrawn", "changed"})
_NOT_STARTED: Final = {"no-assessor": "no_assessor", "not-rated": "not_rated"}
"""Why there is no plan, by the registry's slug."""


@router.get("")
async def list_plans(
    view: SignedIn, period: UUID | None = None, cursor: str | None = None, said: str = ""
) -> Response:
    """Own plans, those of the team in a period with what nobody serves, and for keepers all."""
    return await _list(view, period, cursor=cursor, said="withdrawn" if said == "withdrawn" else "")


async def _list(
    view: View,
    period: UUID | None = None,
    *,
    cursor: str | None = None,
    said: str = "",
    status: int = 200,
) -> Response:
    tenant, periods, mine = await asyncio.gather(
        view.get("registry", "/v1/tenant"), view.everything("registry", "/v1/periods"), me(view)
    )
    periods.sort(key=lambda each: (each["starts_on"], each["ends_on"]), reverse=True)
    chosen = chosen_period(periods, period, today(tenant).isoformat())
    own = await view.everything("registry", "/v1/plans", person_id=mine) if mine else []
    everybody = None
    if chosen and view.keeps:
        everybody = await view.get(
            "registry", "/v1/plans", period_id=chosen["id"], cursor=cursor, limit=50
        )
    return view.page(
        "plans/list.html",
        status=status,
        said=said,
        tenant=tenant,
        me=mine,
        periods=periods,
        names={each["id"]: period_name(view, each) for each in periods},
        chosen=chosen,
        own=sorted(own, key=lambda plan: str(plan["valid_from"]), reverse=True),
        startable=_startable(periods, own) if mine else [],
        **(await _team(view, mine, chosen) if mine and chosen else _NO_TEAM),
        everybody=everybody,
    )


@router.post("")
async def start(view: SignedIn, form: SignedForm) -> Response:
    """An empty draft, to be filled in; where there is one already, that one."""
    body = {name: str(form.get(name, "")) for name in ("person_id", "period_id")}
    since = {"valid_from": str(form["valid_from"])} if form.get("valid_from") else {}
    try:
        made = await view.send("POST", "registry", "/v1/plans", body | since)
    except Problem as problem:
        if problem.slug == "plan-exists":
            there = await view.get("registry", "/v1/plans", **body)
            return view.redirect(f"/plans/{there['items'][0]['id']}")
        if problem.status not in {409, 422}:
            raise
        why = _NOT_STARTED.get(problem.slug, "outside")
        return await _list(view, said=why, status=problem.status)
    return view.redirect(f"/plans/{made['id']}/edit?said=created")


@router.get("/{plan}")
async def show_plan(
    view: SignedIn,
    plan: UUID,
    revision: Annotated[int | None, Query(ge=1)] = None,
    said: str = "",
) -> Response:
    """The newest revision, or an earlier one."""
    found = await scene(view, plan, revision)
    return page(view, found, said=said if said in _SAID else "")


def page(view: View, found: dict[str, Any], *, said: str = "", status: int = 200) -> Response:
    """The page of a plan."""
    newest = found["plan"]["revisions"][-1]
    old = found["shown"]["revision"] != newest["revision"]
    return view.page(
        "plans/plan.html",
        status=status,
        **(found | {"may": frozenset()} if old else found),
        states=STATES,
        values=VALUES,
        notes=NOTES,
        old=old,
        said=said,
    )


_NO_TEAM: Final[dict[str, Any]] = {"team": [], "unserved": None}


async def _team(view: View, mine: str, period: Any) -> dict[str, Any]:
    """Those whom somebody assesses, each with the plan of the period, and what nobody serves."""
    period_id = period["id"]
    team, plans = await asyncio.gather(
        view.get("registry", "/v1/me/team"),
        # Who keeps all plans would get those of everybody.
        view.everything(
            "registry",
            "/v1/plans",
            period_id=period_id,
            leader_id=mine if view.keeps else None,
        ),
    )
    by_person = {plan["person_id"]: plan for plan in plans if plan["person_id"] != mine}
    lines = [
        {"id": each["person_id"], "name": each["name"], "plan": by_person.get(each["person_id"])}
        for each in team["assessed"]
    ]
    there = {line["id"] for line in lines}
    lines += [
        {"id": plan["person_id"], "name": plan["person_name"], "plan": plan}
        for plan in by_person.values()
        if plan["leader_id"] == mine and plan["person_id"] not in there
    ]
    if not lines:
        return _NO_TEAM
    path = f"/v1/people/{mine}/unserved-results"
    unserved = await view.get("registry", path, period_id=period_id)
    return {
        "team": sorted(lines, key=lambda line: str(line["name"]).casefold()),
        "unserved": unserved,
    }


def _startable(periods: list[Any], own: list[Any]) -> list[Any]:
    there = {plan["period_id"] for plan in own}
    return [each for each in periods if each["id"] not in there and each["state"] != CLOSED]

"""What the plan pages ask the registry for."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from services.portal.languages.formats import period as period_words
from services.portal.plans.rules import VALUES, may_do, strands
from services.portal.results.asking import today
from services.portal.view import View
from shared.http.problems import Problem

CLOSED: Final = "closed"


async def me(view: View) -> str | None:
    """The person who is signed in: named by the token, or by the link that was made here."""
    assert view.session is not None
    if view.session.person_id is not None:
        return view.session.person_id
    found = (await view.get("registry", "/v1/me"))["person"]
    return str(found["id"]) if found else None


async def scene(view: View, plan_id: UUID, revision: int | None = None) -> dict[str, Any]:
    """What every page of a plan shows; ``shown`` is the revision with its document."""
    plan, tenant, mine = await asyncio.gather(
        view.get("registry", f"/v1/plans/{plan_id}", revision=revision),
        view.get("registry", "/v1/tenant"),
        me(view),
    )
    period, goals = await asyncio.gather(
        view.get("registry", f"/v1/periods/{plan['period_id']}"),
        view.everything("registry", "/v1/goals"),
    )
    shown = next(each for each in plan["revisions"] if each["revision"] == plan["shown"])
    said = plan["document"]["expectations"]
    document = plan["document"] | {"expectations": {v: said.get(v, "") for v in VALUES}}
    return {
        "plan": plan,
        "tenant": tenant,
        "me": mine,
        "may": frozenset()
        if period["state"] == CLOSED
        else may_do(plan, mine, await _assessor(view, plan, mine)),
        "period": period_name(view, period),
        "goals": goals,
        "shown": shown | {"document": document},
        "employee": plan["employee"],
        "leader": shown["leader"],
        "above": plan["leader_results"],
        "strands": strands(document["results"], plan["leader_results"], goals),
        "earliest": max(shown["valid_from"], today(tenant).isoformat()),
    }


async def _assessor(view: View, plan: Any, mine: str | None) -> str | None:
    """Who assesses the employee today, where that may be somebody else than the plan says."""
    if mine is None or mine in {plan["employee"]["id"], plan["leader"]["id"]}:
        return None
    try:
        found = await view.get("registry", f"/v1/people/{plan['employee']['id']}/assessor")
    except Problem as problem:
        if problem.status not in {403, 404}:
            raise
        return None
    return str(found["assessor"]["id"])


def period_name(view: View, period: Any) -> str:
    """`Tahun 2026`, `November 2026`, `Triwulan IV 2026`."""
    year, month = period["starts_on"][:4], period["starts_on"][5:7]
    match period["kind"]:
        case "yearly":
            return view.t("plans.year", year=year)
        case "quarterly":
            return period_words(view.language, f"{year}-Q{(int(month) + 2) // 3}")
        case _:
            return period_words(view.language, f"{year}-{month}")


def chosen_period(periods: Sequence[Any], wanted: UUID | None, day: str) -> Any:
    """The period that is asked for; without one the longest of those that ``day`` is in, or the
    last; None where there are none."""
    for period in periods:
        if period["id"] == str(wanted):
            return period
    now = [period for period in periods if period["starts_on"] <= day < period["ends_on"]]
    return max(now or periods, key=lambda period: str(period["ends_on"]), default=None)

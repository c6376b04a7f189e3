"""`/units`, `/units/{unit}` with its stream, `/units/{unit}/why`."""

import asyncio
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.portal.relay import Relays
from services.portal.results.asking import InScene, Scene, this_month, today
from services.portal.results.rules import (
    curve,
    found,
    recent_months,
    recent_quarters,
    share_of_scale,
    tree,
)
from services.portal.view import SignedIn

router = APIRouter()

TREND = 12


@router.get("/units")
async def list_units(
    view: SignedIn,
    period: Annotated[str | None, Query(max_length=7)] = None,
    q: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """The organisation with the index of each unit; with ``q`` only the units of that name."""
    tenant = await view.get("registry", "/v1/tenant")
    chosen = period or this_month(tenant)
    units, cards = await asyncio.gather(
        view.everything("registry", "/v1/units"),
        view.everything("scoring", "/v1/satisfaction", period=chosen),
    )
    lines = tree(units)
    return view.page(
        "results/units.html",
        tenant=tenant,
        period=chosen,
        words=q.strip(),
        lines=found(lines, q) if q.strip() else lines,
        cards={card["unit_id"]: card for card in cards},
        **choices(tenant),
    )


@router.get("/units/{unit}")
async def show_unit(scene: InScene) -> Response:
    """A unit as it stands now; a script keeps it so."""
    return scene.view.page("results/unit.html", **await _figures(scene), **choices(scene.tenant))


@router.get("/units/{unit}/figures")
async def show_figures(scene: InScene) -> Response:
    """The part of the page that changes."""
    return scene.view.page("results/figures.html", **await _figures(scene))


@router.get("/units/{unit}/stream")
async def follow_unit(scene: InScene, request: Request) -> Response:
    """Tells the script that there is something new."""
    relays: Relays = request.app.state.relays
    path = f"/v1/units/{scene.unit['id']}/satisfaction/stream"
    told = await relays.open(scene.view, "scoring", path, **scene.asked)
    return scene.view.with_session(told)


@router.get("/units/{unit}/why")
async def explain_unit(scene: InScene) -> Response:
    """Every step from the marks to the grade, to be done again by hand."""
    card, explanation = await asyncio.gather(
        scene.satisfaction(), scene.satisfaction("/explanation")
    )
    return scene.view.page(
        "results/why.html",
        **context(scene),
        card=card,
        why=explanation,
        steps={step["name"]: step["value"] for step in explanation["arithmetic"]},
    )


async def _figures(scene: Scene) -> dict[str, Any]:
    card, trend, explanation = await asyncio.gather(
        scene.satisfaction(),
        scene.view.get(
            "scoring",
            f"/v1/units/{scene.unit['id']}/satisfaction/trend",
            until=scene.period,
            count=TREND,
            service=scene.asked.get("service"),
        ),
        scene.satisfaction("/explanation"),
    )
    return context(scene) | {
        "card": card,
        "curve": curve(trend["points"]),
        "change": explanation["last_change"],
        "share_of_scale": share_of_scale,
    }


def context(scene: Scene) -> dict[str, Any]:
    """What the templates of a unit need."""
    return {
        "tenant": scene.tenant,
        "unit": scene.unit,
        "services": scene.services,
        "service": scene.service,
        "period": scene.period,
        "query": urlencode(scene.asked),
    }


def choices(tenant: Any) -> dict[str, Any]:
    """The periods that can be chosen."""
    day = today(tenant)
    return {"months": recent_months(day), "quarters": recent_quarters(day)}

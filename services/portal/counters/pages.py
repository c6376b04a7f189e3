"""`/counters`: the codes of the tenant's counters; `/counters/{id}/print`: a sign to put up."""

import asyncio
from typing import Annotated, Any, Literal
from uuid import UUID

import segno
from fastapi import APIRouter, Query
from markupsafe import Markup
from starlette.responses import Response

from services.portal.start.rules import poster_code
from services.portal.view import SignedForm, SignedIn, View
from shared.http.problems import Problem

router = APIRouter()


@router.get("/counters")
async def counters(view: SignedIn, cursor: str | None = None) -> Response:
    """The list, with a form for one more."""
    page, units, services = await asyncio.gather(
        view.get("feedback", "/v1/counters", cursor=cursor),
        view.everything("registry", "/v1/units"),
        view.everything("registry", "/v1/services"),
    )
    return _list(view, page, units, services)


@router.post("/counters")
async def create(view: SignedIn, form: SignedForm) -> Response:
    """One more counter; its sign is the next page."""
    body = {"unit_id": form.get("unit_id"), "service_id": form.get("service_id")}
    made = await view.send("POST", "feedback", "/v1/counters", body)
    return view.redirect(f"/counters/{made['counter_id']}/print")


@router.post("/counters/{counter}/switch-off")
async def switch_off(view: SignedIn, counter: UUID, _: SignedForm) -> Response:
    """No more answers by this code."""
    await view.send("POST", "feedback", f"/v1/counters/{counter}/switch-off")
    return view.redirect("/counters")


@router.get("/counters/{counter}/print")
async def sign(
    view: SignedIn, counter: UUID, size: Annotated[Literal["a5", "a4"], Query()] = "a5"
) -> Response:
    """The sign: it says in both languages what to do, for people who read only one."""
    found = await view.get("feedback", f"/v1/counters/{counter}")
    tenant = view.session.tenant_id if view.session else ""
    try:
        place = await view.get(
            "feedback", f"/v1/tenants/{tenant}/questionnaire", counter=found["code"]
        )
    except Problem as problem:
        if problem.slug == "counter-switched-off":
            return view.redirect("/counters")
        raise
    address = f"{view.portal.settings.service_http('portal')}/j/{place['tenant_slug']}"
    url = f"{address}/{found['code']}"
    return view.page(
        "counters/sign.html",
        size=size,
        url=url,
        typed=poster_code(place["tenant_slug"], found["code"]),
        place=place,
        qr=_qr(url),
    )


def _qr(url: str) -> Markup:
    """The code as SVG, which prints sharp at any size. A quarter of it may be covered."""
    return Markup(segno.make(url, error="q", micro=False).svg_inline(omitsize=True, border=2))  # noqa: S704 - made of squares


def _list(view: View, page: Any, units: list[Any], services: list[Any]) -> Response:
    return view.page(
        "counters/list.html",
        counters=page["items"],
        next_cursor=page["next_cursor"],
        units=[(unit["id"], unit["name"]) for unit in units],
        services=[(service["id"], service["name"]) for service in services],
    )

"""`/inbox` and `/preferences`."""

import asyncio
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from services.portal.inbox.rules import CHANNELS, OCCASIONS, ZONES, preferences_of
from services.portal.relay import Relays
from services.portal.view import SignedForm, SignedIn, View
from shared.http.problems import Problem

router = APIRouter()


@router.get("/inbox")
async def inbox(view: SignedIn, cursor: str | None = None) -> Response:
    """The notices, newest first. Where scripts run, the list renews itself."""
    page, held = await asyncio.gather(
        view.get("notification", "/v1/inbox", cursor=cursor, limit=20, lang=view.language),
        view.get("notification", "/v1/preferences"),
    )
    view.unread = page["unread"]
    return view.page(
        "inbox/list.html",
        notices=page["items"],
        next_cursor=page["next_cursor"],
        position=page["position"],
        first=cursor is None,
        zone=held["zone"] or held["tenant_zone"],
    )


@router.get("/inbox/stream")
async def stream(view: SignedIn, after: int | None = None) -> Response:
    """What comes in while the page is open: notification's own events, passed on."""
    relays: Relays = view.request.app.state.relays
    told = await relays.open(
        view, "notification", "/v1/inbox/stream", after=after, lang=view.language
    )
    return view.with_session(told)


@router.post("/inbox/read-all")
async def mark_all_read(view: SignedIn, form: SignedForm) -> Response:
    """Those that the page showed; what came in meanwhile stays unread."""
    until = form.get("until", "")
    query = f"?until={int(until)}" if isinstance(until, str) and until.isdecimal() else ""
    await view.send("POST", "notification", f"/v1/inbox/read-all{query}")
    return view.redirect("/inbox")


@router.post("/inbox/{notice}/read")
async def mark_read(view: SignedIn, notice: UUID, _: SignedForm) -> Response:
    """One notice is read."""
    await view.send("POST", "notification", f"/v1/inbox/{notice}/read")
    return view.redirect("/inbox")


@router.get("/preferences")
async def preferences(view: SignedIn, saved: bool = False) -> Response:
    """The form, as notification keeps it."""
    return _form(view, await view.get("notification", "/v1/preferences"), saved=saved)


@router.post("/preferences")
async def keep_preferences(view: SignedIn, form: SignedForm) -> Response:
    """Keep the form, or show it again with what is wrong."""
    sent = preferences_of((k, v) for k, v in form.multi_items() if isinstance(v, str))
    try:
        await view.send("PUT", "notification", "/v1/preferences", sent)
    except Problem as problem:
        if problem.status != 422:
            raise
        kept = await view.get("notification", "/v1/preferences")
        shown = sent | {"tenant_zone": kept["tenant_zone"]}
        return _form(view, shown, status=422, wrong=True)
    return view.redirect("/preferences?saved=true")


def _form(
    view: View,
    held: dict[str, Any],
    *,
    status: int = 200,
    saved: bool = False,
    wrong: bool = False,
) -> Response:
    return view.page(
        "inbox/preferences.html",
        status=status,
        held=held,
        quiet=held["quiet_hours"] or {"from": "", "until": ""},
        occasions=OCCASIONS,
        channels=CHANNELS,
        zones=ZONES,
        saved=saved,
        wrong=wrong,
    )

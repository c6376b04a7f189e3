"""`/j/{tenant}/{code}` at a counter and `/t/{tenant}/{token}` after a visit.

The forms carry no token against requests from elsewhere: nobody is signed in here and no cookie
speaks for anybody, so a foreign page could send nothing that it could not send from its own
machine. What keeps answers apart is the visit's token, or the key made with each form.
"""

import secrets
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from services.portal.answers.rules import (
    LONGEST_COMMENT,
    PROFILE,
    SENTIMENTS,
    Draft,
    body_of,
    draft_of,
    missing,
)
from services.portal.view import Anybody, View
from shared.contracts import ELEMENTS
from shared.http.problems import Problem

router = APIRouter()

_GONE: Final = {
    "unknown-tenant": "unknown",
    "unknown-counter": "unknown",
    "unknown-token": "unknown",
    "counter-switched-off": "switched_off",
    "token-expired": "expired",
    "token-used": "answered",
    "idempotency-key-reused": "answered",
}
"""Feedback's reasons why there is nothing to fill in, and the texts that say so."""


@router.get("/j/{tenant}/{code}")
async def at_counter(view: Anybody, tenant: str, code: str, sent: bool = False) -> Response:
    """The questions of a counter, or thanks."""
    return await _questions(view, tenant, {"counter": code}, sent=sent)


@router.get("/t/{tenant}/{token}")
async def after_visit(view: Anybody, tenant: str, token: str, sent: bool = False) -> Response:
    """The questions about a visit, or thanks."""
    return await _questions(view, tenant, {"token": token}, sent=sent)


@router.post("/j/{tenant}/{code}")
async def answer_at_counter(view: Anybody, tenant: str, code: str) -> Response:
    """Take an answer, once for each form that was made."""
    return await _take(view, {"counter": code})


@router.post("/t/{tenant}/{token}")
async def answer_after_visit(view: Anybody, tenant: str, token: str) -> Response:
    """Take an answer, once for each token."""
    return await _take(view, {"token": token})


async def _questions(view: View, tenant: str, source: Mapping[str, str], *, sent: bool) -> Response:
    if sent:
        return view.page("answers/thanks.html", again="counter" in source)
    path = f"/v1/tenants/{quote(tenant, safe='')}/questionnaire"
    try:
        found = await view.portal.apis.get("feedback", path, **source)
    except Problem as problem:
        if problem.slug in _GONE or problem.slug == "invalid-request":
            return _closed(view, problem, source)
        raise
    if found["answered"]:
        return view.page("answers/closed.html", reason="answered", again=False)
    draft = Draft(
        elements=tuple(found["elements"]),
        tenant_id=found["tenant_id"],
        office=found["tenant_name"] or "",
        unit=found["unit_name"] or "",
        service=found["service_name"] or "",
        key=secrets.token_urlsafe(16),
    )
    return _form(view, draft)


async def _take(view: View, source: Mapping[str, str]) -> Response:
    form = await view.request.form()
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    draft = draft_of(given, known=ELEMENTS)
    if not draft.tenant_id:
        return view.redirect(view.request.url.path)  # no form of ours: here is one
    if wrong := missing(draft):
        return _form(view, draft, status=422, wrong=wrong)
    path = f"/v1/tenants/{quote(draft.tenant_id, safe='')}/answers"
    headers = {"idempotency-key": draft.key} if draft.key else {}
    try:
        await view.portal.apis.send(
            "POST", "feedback", path, body=body_of(draft, source), headers=headers
        )
    except Problem as problem:
        if problem.slug in _GONE:
            return _closed(view, problem, source)
        if problem.status == 503:
            return _form(view, draft, status=503, away=True)
        if problem.status == 422:
            return _form(view, draft, status=422, wrong=["comment"])
        raise
    return view.redirect(f"{view.request.url.path}?sent=true")


def _form(view: View, draft: Draft, *, status: int = 200, **state: Any) -> Response:
    return view.page(
        "answers/form.html",
        status=status,
        draft=draft,
        choices=PROFILE,
        sentiments=SENTIMENTS,
        longest=LONGEST_COMMENT,
        **{"wrong": [], "away": False, **state},
    )


def _closed(view: View, problem: Problem, source: Mapping[str, str]) -> Response:
    reason = _GONE.get(problem.slug, "unknown")
    status = 404 if reason == "unknown" else problem.status
    if reason == "answered":
        status = 409
    # Whoever goes back at a counter's shared phone finds the form of the person before.
    again = reason == "answered" and "counter" in source
    return view.page("answers/closed.html", status=status, reason=reason, again=again)

"""`/sign-in`, `/sign-in/callback` and `/sign-out`."""

import hmac
from dataclasses import asdict
from typing import Final

import structlog
from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from services.portal.cookies import SIGN_IN
from services.portal.issuer import Attempt, SignInRefused
from services.portal.sign_in.rules import safe_next
from services.portal.view import Anybody, View, own_form
from shared.http.problems import Problem

router = APIRouter()

_ATTEMPT_SECONDS: Final = 600

log = structlog.get_logger()


@router.get("/sign-in")
async def sign_in(view: Anybody, next: str | None = None) -> Response:
    """Send the browser to the issuer."""
    attempt = Attempt.fresh(view.link(safe_next(next)))
    response = RedirectResponse(await view.portal.issuer.authorization_url(attempt), 303)
    sealed = view.portal.vault.seal("sign-in", asdict(attempt))
    view.portal.cookies.put(response, SIGN_IN, sealed, seconds=_ATTEMPT_SECONDS)
    return response


@router.get("/sign-in/callback")
async def come_back(
    view: Anybody,
    code: str | None = None,
    state: str | None = None,
    iss: str | None = None,
    error: str | None = None,
) -> Response:
    """Let in whoever the issuer vouches for, in the browser that asked."""
    attempt = _attempt(view)
    if attempt is None or not hmac.compare_digest(attempt.state.encode(), (state or "").encode()):
        return _refused(view, "the attempt is not known here")
    if error is not None or code is None:
        return _refused(view, "the issuer sent no code")
    if iss is not None and iss.rstrip("/") != view.portal.issuer.name:
        return _refused(view, "another issuer answered")
    try:
        session = await view.portal.issuer.session(code, attempt)
    except SignInRefused as refusal:
        return _refused(view, str(refusal))
    except Problem as problem:
        if problem.status == 503:
            raise
        return _refused(view, problem.slug)
    response = RedirectResponse(attempt.next, 303)
    view.portal.cookies.put_session(response, session.sealed(view.portal.vault))
    view.portal.cookies.clear(response, SIGN_IN)
    return response


@router.post("/sign-out")
async def sign_out(view: Anybody) -> Response:
    """Forget the session, here and at the issuer; whether its token still works does not matter."""
    if view.session is None:
        return view.redirect("/")
    await own_form(view)
    try:
        away = await view.portal.issuer.end_url(view.session)
    except Problem:
        away = None  # it is away: at least here the session ends
    response = RedirectResponse(away or "/", 303)
    view.portal.cookies.clear_session(response)
    return response


def _attempt(view: View) -> Attempt | None:
    document = view.portal.vault.open("sign-in", view.request.cookies.get(SIGN_IN, ""))
    return Attempt(**document) if isinstance(document, dict) else None


def _refused(view: View, why: str) -> Response:
    log.warning("A sign-in was refused", action="portal.sign_in_refused", reason=why)
    response = view.page("sign_in/refused.html", status=403)
    view.portal.cookies.clear(response, SIGN_IN)
    return response

"""Errors as pages in the same design, instead of problem documents."""

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from services.portal.view import View
from shared.http.problems import ShowError, problem_from
from shared.observability.trace import current_request_id

_PAGES: Final = {403: "forbidden", 404: "not_found", 413: "too_large", 503: "unavailable"}
"""The texts by status; other refusals and failures have one each."""


def error_pages(view_of: Callable[[Request], View], headers: Mapping[str, str]) -> ShowError:
    """What an exception looks like: a page, or the way to the sign-in where that is missing.

    ``headers`` are those of every answer: errors leave from outside of the middleware too.
    """

    def show(scope: Scope, error: BaseException) -> Response:
        request = Request(scope)
        problem = problem_from(error)
        if problem.status == 401:
            return _to_sign_in(request)
        kind = _PAGES.get(problem.status, "invalid" if problem.status < 500 else "internal")
        return view_of(request).page(
            "design/error.html",
            status=problem.status,
            headers={**headers, **problem.headers},
            kind=kind,
            reference=current_request_id() if problem.status == 500 else None,
            repeatable=request.method in {"GET", "HEAD"} and problem.status >= 500,
        )

    return show


def _to_sign_in(request: Request) -> Response:
    # What was sent with a form is lost: the sign-in leads back to a page, never to a POST.
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = here if request.method in {"GET", "HEAD"} else "/"
    return RedirectResponse(f"/sign-in?next={quote(back, safe='')}", 303)

"""`/`: the start page."""

from fastapi import APIRouter
from starlette.responses import Response

from services.portal.start.rules import place_of
from services.portal.view import Anybody

router = APIRouter()


@router.get("/")
async def start(view: Anybody, code: str | None = None) -> Response:
    """Take a typed code to its answer page, or ask for one."""
    place = place_of(code) if code is not None else None
    if place is not None:
        return view.redirect(f"/j/{place[0]}/{place[1]}")
    wrong = code is not None
    return view.page("start/start.html", status=422 if wrong else 200, typed=code, wrong=wrong)

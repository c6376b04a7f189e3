"""`/people`: the search; `/people/{person}` and `/people/me`: one person over time."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.portal.people.asking import record_of
from services.portal.view import SignedIn

router = APIRouter()

_SAID = frozenset({"transfers", "assignments", "leaves", "assessor", "login"})


@router.get("/people")
async def search(
    view: SignedIn, q: Annotated[str, Query(max_length=100)] = "", cursor: str | None = None
) -> Response:
    """The people of a name or number; everybody who does not keep them sees themselves only."""
    if not view.keeps:
        return view.redirect("/people/me")
    words = q.strip()
    page = await view.get("registry", "/v1/people", q=words or None, cursor=cursor)
    following = {"q": words, "cursor": page["next_cursor"]}
    return view.page(
        "people/search.html",
        words=words,
        people=page["items"],
        more=f"/people?{urlencode(following)}" if page["next_cursor"] else "",
    )


@router.get("/people/me")
async def show_me(view: SignedIn) -> Response:
    """Whoever is signed in, by the token or by the login that keepers linked."""
    me = await view.get("registry", "/v1/me")
    if me["person"] is None:
        return view.page("people/nobody.html")
    return view.page("people/person.html", **await record_of(view, me["person"]["id"]))


@router.get("/people/{person}")
async def show_person(view: SignedIn, person: UUID, said: str = "") -> Response:
    """A person's posts, leave and assessors over time; keepers find the forms for changing them."""
    record = await record_of(view, person)
    return view.page("people/person.html", **record | {"said": said if said in _SAID else ""})

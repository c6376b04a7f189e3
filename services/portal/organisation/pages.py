"""`/organisation`: the tree on a day; `/organisation/{unit}`: one unit, its names over time."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.portal.organisation.asking import Day, office_of, tree_of
from services.portal.view import SignedIn

router = APIRouter()


@router.get("/organisation")
async def show_tree(
    view: SignedIn,
    day: Day,
    q: Annotated[str, Query(max_length=100)] = "",
    unfolded: bool = False,
) -> Response:
    """The units of a day, folded; with ``q`` those of a name, code or other name, as a list."""
    tree = await tree_of(view, day, q.strip())
    return view.page("organisation/tree.html", **tree, unfolded=unfolded, refused="", typed={})


@router.get("/organisation/{unit}")
async def show_unit(view: SignedIn, unit: UUID, day: Day, said: str = "") -> Response:
    """A unit as it is on a day; keepers find the forms for changing it."""
    values: dict[str, Any] = await office_of(view, unit, day)
    return view.page(
        "organisation/unit.html",
        **values,
        keeps=view.keeps,
        said=said if said in _SAID else "",
        refused="",
        typed={},
    )


_SAID = frozenset({"move", "merge", "aliases", "unplanned", "created"})

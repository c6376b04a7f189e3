"""`/organisation`: the tree on a day; `/organisation/{unit}`: one unit, its names over time."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.portal.organisation.asking import Day, keeps, office_of
from services.portal.organisation.rules import forest
from services.portal.results.asking import today
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
    words = q.strip()
    tenant, units = await asyncio.gather(
        view.get("registry", "/v1/tenant"),
        view.everything("registry", "/v1/units", on=day, q=words or None),
    )
    return view.page(
        "organisation/tree.html",
        tenant=tenant,
        on=day or "",
        today=today(tenant).isoformat(),
        words=words,
        found=sorted(units, key=lambda unit: unit["name"].casefold()) if words else None,
        branches=[] if words else forest(units),
        count=len(units),
        unfolded=unfolded,
    )


@router.get("/organisation/{unit}")
async def show_unit(view: SignedIn, unit: UUID, day: Day, said: str = "") -> Response:
    """A unit as it is on a day; keepers find the forms for changing it."""
    values: dict[str, Any] = await office_of(view, unit, day)
    return view.page(
        "organisation/unit.html",
        **values,
        keeps=keeps(view),
        said=said if said in _SAID else "",
        refused="",
        typed={},
    )


_SAID = frozenset({"move", "merge", "aliases", "unplanned"})

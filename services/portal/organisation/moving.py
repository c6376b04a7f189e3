"""The forms of `/organisation/{unit}`: what would change is shown first, then it is applied."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from services.portal.organisation.asking import effects_in_words, office_of, tree_of
from services.portal.organisation.rules import (
    Nothing,
    aliases_of,
    day_of,
    is_past,
    move_of,
    new_unit_of,
)
from services.portal.view import SignedForm, SignedIn, View
from shared.http.problems import Problem

router = APIRouter()

_REFUSALS: Final = frozenset({
    "changed-meanwhile", "unit-below-itself", "unit-alias-taken", "unit-without-parent",
    "unit-code-taken", "merged-into-itself", "unit-ends", "unit-begins", "unit-not-there",
    "state-begun", "invalid-request",
})  # fmt: skip
"""Problems of the registry that the pages have words for; others are told in general."""


@router.post("/organisation")
async def create(view: SignedIn, form: SignedForm) -> Response:
    """One more unit."""
    typed = _typed(form, "name", "kind", "code", "parent_id", "since")
    try:
        made = await view.send("POST", "registry", "/v1/units", new_unit_of(typed))
    except Problem as problem:
        told: dict[str, Any] = {"refused": _reason(problem).replace("-", "_"), "typed": typed}
        tree = await tree_of(view, None)
        return view.page("organisation/tree.html", status=422, **tree, unfolded=False, **told)
    return view.redirect(f"/organisation/{made['id']}?said=created")


@router.post("/organisation/{unit}/moves")
async def move(view: SignedIn, unit: UUID, form: SignedForm) -> Response:
    """Another name, kind or place from a day on."""
    typed = _typed(form, "on", "name", "kind", "parent_id", "version")
    office = await office_of(view, unit, None)
    try:
        document = move_of(typed, office["unit"])
    except Nothing:
        return _again(view, office, "nothing", typed | {"form": "move"})
    return await _change(view, office, "move", document, typed, apply="apply" in form)


@router.post("/organisation/{unit}/merge")
async def merge(view: SignedIn, unit: UUID, form: SignedForm) -> Response:
    """Another unit goes on with its work from a day on."""
    typed = _typed(form, "merge_on", "into_id", "version")
    office = await office_of(view, unit, None)
    document = {"on": day_of(typed["merge_on"]), "into_id": typed["into_id"]}
    return await _change(view, office, "merge", document, typed, apply="apply" in form)


@router.post("/organisation/{unit}/aliases")
async def keep_aliases(view: SignedIn, unit: UUID, form: SignedForm) -> Response:
    """What people also call it: imports and the search understand these names."""
    typed = _typed(form, "aliases", "version")
    path = f"/v1/units/{unit}/aliases"
    try:
        await view.send("PUT", "registry", path, aliases_of(typed), seen=typed["version"])
    except Problem as problem:
        office = await office_of(view, unit, None)
        return _again(view, office, _reason(problem), typed | {"form": "aliases"})
    return view.redirect(f"/organisation/{unit}?said=aliases")


@router.post("/organisation/{unit}/states/{valid_from}/delete")
async def unplan(view: SignedIn, unit: UUID, valid_from: date, form: SignedForm) -> Response:
    """Take a planned change back."""
    path = f"/v1/units/{unit}/states/{valid_from}"
    try:
        await view.send("DELETE", "registry", path, seen=str(form.get("version", "")))
    except Problem as problem:
        return _again(view, await office_of(view, unit, None), _reason(problem), {})
    return view.redirect(f"/organisation/{unit}?said=unplanned")


async def _change(
    view: View,
    office: Mapping[str, Any],
    what: str,
    document: Mapping[str, Any],
    typed: dict[str, str],
    *,
    apply: bool,
) -> Response:
    unit = office["unit"]["id"]
    past = is_past(document["on"], date.fromisoformat(office["today"]))
    address = {"move": "moves", "merge": "merge"}[what]
    query = {"dry_run": str(not apply).lower()} | ({"backdated": "true"} if past else {})
    path = f"/v1/units/{unit}/{address}?{urlencode(query)}"
    try:
        answer = await view.send("POST", "registry", path, document, seen=typed["version"])
    except Problem as problem:
        return _again(view, office, _reason(problem), typed | {"form": what})
    if apply:
        return view.redirect(f"/organisation/{unit}?said={what}")
    return view.page(
        "organisation/check.html",
        **office,
        what=what,
        address=address,
        document=document,
        effects=effects_in_words(view, answer["effects"]),
        past=past,
        typed=typed,
    )


def _again(
    view: View, office: Mapping[str, Any], refused: str, typed: Mapping[str, str]
) -> Response:
    """The page of the unit with what was typed; whoever sends it again has seen the newest."""
    return view.page(
        "organisation/unit.html",
        status=409 if refused == "changed-meanwhile" else 422,
        **office,
        keeps=True,
        said="",
        refused=refused.replace("-", "_"),
        typed=typed,
    )


def _reason(problem: Problem) -> str:
    """The problem's name where the page has words for it; raise what belongs on an error page."""
    if problem.status not in {409, 412, 422}:
        raise problem
    return problem.slug if problem.slug in _REFUSALS else "other"


def _typed(form: FormData, *names: str) -> dict[str, str]:
    return {name: value for name in names if isinstance(value := form.get(name, ""), str)}

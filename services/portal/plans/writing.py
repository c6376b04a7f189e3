"""`/plans/{plan}/edit` and the steps on the way to an agreement."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Path
from starlette.responses import Response

from services.portal.plans.asking import scene
from services.portal.plans.form import (
    ASPECTS,
    LONGEST,
    LONGEST_TITLE,
    MOST_RESULTS,
    UNITS,
    has_room,
    read,
    refused_field,
    typed_from,
    typed_in,
    with_rows_changed,
)
from services.portal.plans.pages import page
from services.portal.plans.rules import NOTES, VALUES
from services.portal.results.asking import today
from services.portal.view import SignedForm, SignedIn, View
from shared.http.problems import Problem

router = APIRouter(prefix="/plans/{plan}")

_STEPS: Final = {"discuss": "discussed", "agree": "agreed", "amend": "amended"}
"""What is said after each."""


@router.get("/edit")
async def show_form(view: SignedIn, plan: UUID, said: str = "") -> Response:
    """The draft, to be changed by either side."""
    found = await scene(view, plan)
    if "edit" not in found["may"]:
        return view.redirect(f"/plans/{plan}")
    typed = typed_from(found["shown"]["document"], view.language)
    if not typed["results"]:
        typed = with_rows_changed(typed, "add-result")
    return await _form(view, found, typed, said="created" if said == "created" else "")


@router.post("/edit")
async def change(view: SignedIn, plan: UUID, form: SignedForm) -> Response:
    """Add or remove a row, or store all; what was typed stays where that is refused."""
    typed, wanted = typed_in(form), str(form.get("do", "save"))
    version = str(form.get("version", ""))
    if wanted != "save":
        typed = with_rows_changed(typed, wanted)
        return await _form(view, await scene(view, plan), typed, version=version)
    said = read(typed, view.language)
    if said.wrong:
        found = await scene(view, plan)
        return await _form(view, found, said.typed, wrong=said.wrong, version=version, status=422)
    try:
        await view.send(
            "PUT",
            "registry",
            f"/v1/plans/{plan}/draft",
            said.document,
            seen=version,
        )
    except Problem as problem:
        if problem.status not in {409, 412, 422}:
            raise
        found = await scene(view, plan)
        if problem.status != 422:  # who saves again has been told whose words that replaces
            why = "overtaken" if problem.status == 412 else "refused"
            return await _form(view, found, said.typed, said=why, status=409)
        wrong = {refused_field(error.field): "refused" for error in problem.errors}
        return await _form(view, found, said.typed, wrong=wrong, version=version, status=422)
    return view.redirect(f"/plans/{plan}?said=saved")


@router.post("/withdraw")
async def withdraw(view: SignedIn, plan: UUID, form: SignedForm) -> Response:
    """Without the draft what was agreed before goes on; where nothing was, the plan is gone."""
    seen = str(form.get("version", ""))
    try:
        await view.send("DELETE", "registry", f"/v1/plans/{plan}/draft", seen=seen)
    except Problem as problem:
        if problem.status not in {409, 412}:
            raise
        return view.redirect(f"/plans/{plan}?said=changed")
    gone = form.get("revision") == "1"
    return view.redirect("/plans?said=withdrawn" if gone else f"/plans/{plan}?said=withdrawn")


@router.post("/{step}")
async def take_step(
    view: SignedIn,
    plan: UUID,
    step: Annotated[Literal["discuss", "agree", "amend"], Path()],
    form: SignedForm,
) -> Response:
    """Discussed, agreed or begun anew, by whoever has seen this version."""
    body = {"valid_from": str(form.get("valid_from", ""))} if step == "amend" else None
    seen = str(form.get("version", ""))
    try:
        await view.send("POST", "registry", f"/v1/plans/{plan}/{step}", body, seen=seen)
    except Problem as problem:
        if problem.status == 412:
            return view.redirect(f"/plans/{plan}?said=changed")
        if problem.status not in {409, 422}:
            raise
        return page(view, await scene(view, plan), said=_why(problem), status=problem.status)
    return view.redirect(f"/plans/{plan}?said={_STEPS[step]}")


_REASONS: Final = {
    "plan-not-ready": "not_ready",
    "plan-not-discussed": "not_discussed",
    "amendment-too-early": "too_early",
}


def _why(problem: Problem) -> str:
    """A key below ``plans.said``."""
    if problem.status == 422:
        return "outside"
    return _REASONS.get(problem.slug, "refused")


async def _form(
    view: View,
    found: Mapping[str, Any],
    typed: Mapping[str, Any],
    *,
    wrong: Mapping[str, str] | None = None,
    version: str = "",
    said: str = "",
    status: int = 200,
) -> Response:
    """``version`` is what was edited; without it the newest one is."""
    plan = found["plan"]
    day = max(found["shown"]["valid_from"], today(found["tenant"]).isoformat())
    measured = await _measured(view, plan["employee"]["id"], day)
    choices = {each["id"]: each["name"] for each in measured}
    for result in typed["results"]:
        for each in result["indicators"]:
            # What somebody else chose stays a choice, also for whoever may not see them all.
            if (chosen := each["indicator"]) and chosen not in choices:
                choices[chosen] = await _indicator_name(view, chosen)
    return view.page(
        "plans/edit.html",
        status=status,
        **found,
        typed=typed,
        wrong=wrong or {},
        version=version or plan["version"],
        said=said,
        stored=found["shown"]["document"],
        above_choices=[(f"result:{each['id']}", each["title"]) for each in found["above"]],
        goal_choices=[(f"goal:{each['id']}", each["name"]) for each in found["goals"]],
        indicator_choices=list(choices.items()),
        aspects=ASPECTS,
        units=UNITS,
        values=VALUES,
        notes=NOTES,
        longest=LONGEST,
        longest_title=LONGEST_TITLE,
        most_results=MOST_RESULTS,
        has_room=has_room,
        label_of=lambda name: _label(view, name),
    )


async def _measured(view: View, person: str, day: str) -> list[Any]:
    """The indicators that apply to the employee; none for whoever may not see them."""
    try:
        found: list[Any] = await view.get("registry", f"/v1/people/{person}/indicators", on=day)
    except Problem as problem:
        if problem.status != 403:
            raise
        return []
    return found


async def _indicator_name(view: View, indicator: str) -> str:
    """Of one that does not apply any more, or that only others may list."""
    try:
        found = await view.get("registry", f"/v1/indicators/{UUID(indicator)}")
    except Problem as problem:
        if problem.status not in {403, 404}:
            raise
    except ValueError:
        pass
    else:
        return str(found["name"])
    return view.t("plans.results.measured")


def _label(view: View, name: str) -> str:
    """What a field of the form is called in the list of what is wrong."""
    parts = name.split("-")
    if parts[0] == "expectation":
        return view.t(f"plans.value.{parts[-1]}")
    if parts[0] != "result":
        return view.t(f"plans.note.{name}") if name in NOTES else view.t("plans.title")
    words = view.t("plans.results.number", n=int(parts[1]) + 1)
    if "indicator" in parts[2:4] and len(parts) > 3:
        words += ", " + view.t("plans.edit.indicator", m=int(parts[3]) + 1)
    return words

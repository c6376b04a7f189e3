"""The forms of `/people/{person}`: each changes something from a day on."""

from collections.abc import Callable, Coroutine, Mapping
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from services.portal.organisation.asking import effects_in_words
from services.portal.people.asking import KINDS, NotOne, one_person, record_of
from services.portal.view import SignedForm, SignedIn, View
from shared.http.problems import Problem

router = APIRouter()

Typed = Mapping[str, str]

_REFUSALS: Final = frozenset({
    "nothing-to-transfer", "already-there", "transfer-on-first-day", "assignment-overlaps",
    "leave-overlaps", "line-overlaps", "above-themselves", "change-on-first-day", "already-so",
    "login-taken", "changed-meanwhile", "invalid-request",
})  # fmt: skip
"""Problems of the registry that the page has words for; others are told in general."""


@router.post("/people/{person}/transfers")
async def transfer(view: SignedIn, person: UUID, form: SignedForm) -> Response:
    """End the assignment of that day, and begin the one in the other unit."""
    typed = _typed(form)
    body = {"unit_id": typed.get("transfer_to"), "on": typed.get("transfer_on")}
    return await _change(view, person, "transfers", typed, body, apply="apply" in form)


@router.post("/people/{person}/assignments")
async def assign(view: SignedIn, person: UUID, form: SignedForm) -> Response:
    """One more assignment, an acting one, or a double post."""
    typed = _typed(form)
    body = KINDS.get(typed.get("assignment_kind", ""), {}) | {
        "unit_id": typed.get("assignment_unit"),
        "valid_from": typed.get("assignment_from"),
        "valid_until": _day_after(typed.get("assignment_last", "")),
    }
    return await _change(view, person, "assignments", typed, body, apply="apply" in form)


@router.post("/people/{person}/leaves")
async def leave(view: SignedIn, person: UUID, form: SignedForm) -> Response:
    """Days away."""

    async def store(typed: Typed) -> None:
        body = {
            "kind": typed.get("leave_kind"),
            "valid_from": typed.get("leave_from"),
            "valid_until": _day_after(typed.get("leave_last", "")),
        }
        await view.send("POST", "registry", f"/v1/people/{person}/leaves", body)

    return await _stored(view, person, "leaves", _typed(form), store)


@router.post("/people/{person}/assessor")
async def assess(view: SignedIn, person: UUID, form: SignedForm) -> Response:
    """Somebody assesses from a day on, in place of whoever did until then."""

    async def store(typed: Typed) -> None:
        reviewer = typed.get("reviewer", "").strip()
        body = {
            "assessor_id": await one_person(view, typed.get("assessor", "").strip()),
            "reviewer_id": await one_person(view, reviewer) if reviewer else None,
        }
        day = typed.get("line_from")
        path = f"/v1/people/{person}/reporting-lines"
        try:
            await view.send("POST", "registry", f"{path}/changes", body | {"on": day})
        except Problem as problem:
            if problem.slug != "nothing-to-change":
                raise
            await view.send("POST", "registry", path, body | {"valid_from": day})

    return await _stored(view, person, "assessor", _typed(form), store)


@router.post("/people/{person}/login")
async def link_login(view: SignedIn, person: UUID, form: SignedForm) -> Response:
    """Which login is this person; an empty one takes the link away."""

    async def store(typed: Typed) -> None:
        path, subject = f"/v1/people/{person}/login", typed.get("subject", "").strip()
        if subject:
            await view.send("PUT", "registry", path, {"subject": subject})
        else:
            await view.send("DELETE", "registry", path)

    return await _stored(view, person, "login", _typed(form), store)


async def _change(
    view: View,
    person: UUID,
    what: str,
    typed: dict[str, str],
    body: Mapping[str, Any],
    *,
    apply: bool,
) -> Response:
    """What follows is shown first; sent again with `apply`, it is done."""
    query = urlencode({"dry_run": str(not apply).lower()})
    seen = {"if-match": f'"{typed["seen"]}"'} if apply and typed.get("seen") else None
    try:
        answer = await view.send(
            "POST", "registry", f"/v1/people/{person}/{what}?{query}", body, headers=seen
        )
    except Problem as problem:
        return await _again(view, person, what, typed, _reason(problem))
    if apply:
        return view.redirect(f"/people/{person}?said={what}")
    if "ended" in answer:  # as it would be stored: whoever applies it has seen the one before
        typed["seen"] = str(answer["ended"]["version"] - 1)
    record = await record_of(view, person)
    return view.page(
        "people/check.html",
        **record | {"typed": typed},
        what=what,
        unit_name=next(u["name"] for u in record["units"] if u["id"] == body["unit_id"]),
        kind=typed.get("assignment_kind"),
        starts=body.get("on") or body["valid_from"],
        ends=body.get("valid_until"),
        months=answer["months"],
        effects=effects_in_words(view, answer["effects"]),
    )


async def _stored(
    view: View,
    person: UUID,
    what: str,
    typed: Typed,
    store: Callable[[Typed], Coroutine[Any, Any, None]],
) -> Response:
    """The page of the person, which says that it is stored, or shows the form with the reason."""
    try:
        await store(typed)
    except NotOne as refusal:
        return await _again(view, person, what, typed, str(refusal))
    except Problem as problem:
        return await _again(view, person, what, typed, _reason(problem))
    return view.redirect(f"/people/{person}?said={what}")


async def _again(view: View, person: UUID, what: str, typed: Typed, reason: str) -> Response:
    told = {"refused": reason.replace("-", "_"), "typed": {**typed, "form": what}}
    record = await record_of(view, person)
    return view.page("people/person.html", status=422, **record | told)


def _reason(problem: Problem) -> str:
    """The problem's name where the page has words for it; raise what belongs on an error page."""
    if problem.status not in {409, 412, 422}:
        raise problem
    return problem.slug if problem.slug in _REFUSALS else "other"


def _typed(form: SignedForm) -> dict[str, str]:
    kept = ((name, value) for name, value in form.items() if isinstance(value, str))
    return {name: value for name, value in kept if name not in {"form_token", "apply"}}


def _day_after(day: str) -> str | None:
    """People say the last day, the registry the first day no more. What is no day stays, and is
    refused by the registry."""
    try:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat() if day else None
    except (ValueError, OverflowError):
        return day

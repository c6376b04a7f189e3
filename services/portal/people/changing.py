"""The forms of `/people/{person}`: each changes something from a day on. What else that changes is
shown first; sent again with `apply`, it is done."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from services.portal.languages.formats import day as written_day
from services.portal.organisation.asking import effects_in_words
from services.portal.organisation.rules import day_of
from services.portal.people.asking import DUTIES, KINDS, NotOne, one_person, record_of
from services.portal.view import SignedForm, SignedIn, View
from shared.http.problems import Problem

router = APIRouter()

Typed = dict[str, str]

_REFUSALS: Final = frozenset({
    "nothing-to-transfer", "already-there", "transfer-on-first-day", "assignment-overlaps",
    "leave-overlaps", "line-overlaps", "above-themselves", "change-on-first-day", "already-so",
    "login-taken", "changed-meanwhile", "invalid-request",
})  # fmt: skip
"""Problems of the registry that the page has words for; others are told in general."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a form asks the registry to do: a document for a path below the person. `otherwise` are
    the path and document for who has nothing yet that could change on that day."""

    what: str
    path: str
    body: Mapping[str, Any]
    otherwise: "tuple[str, Mapping[str, Any]] | None" = None


@router.post("/people/{person}/transfers")
async def transfer(view: SignedIn, person: UUID, form: SignedForm) -> Response:
    """End the assignment of that day, and begin the one in the other unit."""
    typed = _typed(form)
    body = {
        "unit_id": typed.get("transfer_to"),
        "on": day_of(typed.get("transfer_on", "")),
    } | _post(typed)

    def rows(record: Mapping[str, Any]) -> list[tuple[str, str]]:
        return [
            (view.t("people.transfer.to"), _unit(record, body["unit_id"])),
            (view.t("people.transfer.on"), _day(view, body["on"])),
        ]

    return await _change(view, person, typed, Change("transfers", "transfers", body), rows)


@router.post("/people/{person}/assignments")
async def assign(view: SignedIn, person: UUID, form: SignedForm) -> Response:
    """One more assignment, an acting one, or a double post."""
    typed = _typed(form)
    kind = typed.get("assignment_kind", "")
    body: dict[str, Any] = (
        KINDS.get(kind, {})
        | {
            "unit_id": typed.get("assignment_unit"),
            "valid_from": day_of(typed.get("assignment_from", "")),
            "valid_until": _day_after(typed.get("assignment_last", "")),
            "duties": [duty for duty in DUTIES if typed.get(f"duty_{duty}")],
        }
        | _post(typed)
    )

    def rows(record: Mapping[str, Any]) -> list[tuple[str, str]]:
        last = day_of(typed.get("assignment_last", ""))
        duties = [view.t(f"people.duty.{duty}") for duty in body["duties"]]
        return [
            (view.t("people.assignment.kind"), view.t(f"people.assignment.{kind}")),
            (view.t("people.assignment.unit"), _unit(record, body["unit_id"])),
            (view.t("people.assignment.duties"), ", ".join(duties) or "–"),
            (view.t("people.starts"), _day(view, body["valid_from"])),
            (view.t("people.last_day"), _day(view, last) if last else view.t("people.goes_on")),
        ]

    return await _change(view, person, typed, Change("assignments", "assignments", body), rows)


@router.post("/people/{person}/assessor")
async def assess(view: SignedIn, person: UUID, form: SignedForm) -> Response:
    """Somebody assesses from a day on, in place of whoever did until then."""
    typed = _typed(form)
    words, day = typed.get("reviewer", "").strip(), day_of(typed.get("line_from", ""))
    try:
        assessor = await one_person(view, typed.get("assessor", "").strip())
        reviewer = await one_person(view, words) if words else None
    except NotOne as refusal:
        return await _again(view, person, "assessor", typed, str(refusal))
    who = {"assessor_id": assessor["id"], "reviewer_id": reviewer["id"] if reviewer else None}

    def rows(_: Mapping[str, Any]) -> list[tuple[str, str]]:
        return [
            (view.t("people.line.assessor"), assessor["name"]),
            (view.t("people.line.reviewer"), reviewer["name"] if reviewer else "–"),
            (view.t("people.starts"), _day(view, day)),
        ]

    change = Change(
        "assessor",
        "reporting-lines/changes",
        who | {"on": day},
        ("reporting-lines", who | {"valid_from": day}),
    )
    return await _change(view, person, typed, change, rows)


@router.post("/people/{person}/leaves")
async def leave(view: SignedIn, person: UUID, form: SignedForm) -> Response:
    """Days away; they change nothing else."""
    typed = _typed(form)
    body = {
        "kind": typed.get("leave_kind"),
        "valid_from": typed.get("leave_from"),
        "valid_until": _day_after(typed.get("leave_last", "")),
    }
    path = f"/v1/people/{person}/leaves"
    return await _stored(view, person, "leaves", typed, view.send("POST", "registry", path, body))


@router.post("/people/{person}/login")
async def link_login(view: SignedIn, person: UUID, form: SignedForm) -> Response:
    """Which login is this person; an empty one takes the link away."""
    typed = _typed(form)
    path, subject = f"/v1/people/{person}/login", typed.get("subject", "").strip()
    method, body = ("PUT", {"subject": subject}) if subject else ("DELETE", None)
    return await _stored(view, person, "login", typed, view.send(method, "registry", path, body))


async def _change(
    view: View,
    person: UUID,
    typed: Typed,
    change: Change,
    rows: Callable[[Mapping[str, Any]], list[tuple[str, str]]],
) -> Response:
    apply = bool(typed.pop("apply", ""))
    seen = typed.get("seen") if apply else None
    try:
        answer = await _asked(view, person, change, dry_run=not apply, seen=seen)
    except Problem as problem:
        return await _again(view, person, change.what, typed, _reason(problem))
    if apply:
        return view.redirect(f"/people/{person}?said={change.what}")
    if "ended" in answer:  # as it would be stored: whoever applies it has seen the one before
        typed["seen"] = str(answer["ended"]["version"] - 1)
    record, posts = await asyncio.gather(
        record_of(view, person), _posts(view, change.body.get("unit_id"))
    )
    return view.page(
        "people/check.html",
        **record | {"typed": typed},
        posts=posts,
        what=change.what,
        rows=rows(record),
        months=answer.get("months", []),
        effects=effects_in_words(view, answer["effects"]),
    )


async def _posts(view: View, unit: str | None) -> list[tuple[str, str]]:
    """The posts of a unit to choose from; none where the change is not about one."""
    if unit is None:
        return []
    posts = await view.everything("registry", "/v1/posts", unit_id=unit)
    return sorted(((post["id"], post["title"]) for post in posts), key=lambda post: post[1])


async def _asked(
    view: View, person: UUID, change: Change, *, dry_run: bool, seen: str | None
) -> Any:
    query = urlencode({"dry_run": str(dry_run).lower()})
    below = f"/v1/people/{person}"
    try:
        path = f"{below}/{change.path}?{query}"
        return await view.send("POST", "registry", path, change.body, seen=seen)
    except Problem as problem:
        if problem.slug != "nothing-to-change" or change.otherwise is None:
            raise
        path, body = change.otherwise
        return await view.send("POST", "registry", f"{below}/{path}?{query}", body)


async def _stored(
    view: View, person: UUID, what: str, typed: Typed, storing: Awaitable[Any]
) -> Response:
    """The page of the person, which says that it is stored, or shows the form with the reason."""
    try:
        await storing
    except Problem as problem:
        return await _again(view, person, what, typed, _reason(problem))
    return view.redirect(f"/people/{person}?said={what}")


async def _again(view: View, person: UUID, what: str, typed: Typed, reason: str) -> Response:
    told = {"refused": reason.replace("-", "_"), "typed": {**typed, "form": what}}
    record = await record_of(view, person)
    status = 409 if reason == "changed-meanwhile" else 422
    return view.page("people/person.html", status=status, **record | told)


def _reason(problem: Problem) -> str:
    """The problem's name where the page has words for it; raise what belongs on an error page."""
    if problem.status not in {409, 412, 422}:
        raise problem
    return problem.slug if problem.slug in _REFUSALS else "other"


def _typed(form: SignedForm) -> Typed:
    kept = ((name, value) for name, value in form.items() if isinstance(value, str))
    return {name: value for name, value in kept if name != "form_token"}


def _post(typed: Typed) -> dict[str, str]:
    return {"post_id": typed["post_id"]} if typed.get("post_id") else {}


def _unit(record: Mapping[str, Any], unit: str | None) -> str:
    name: str = next((each["name"] for each in record["units"] if each["id"] == unit), "–")
    return name


def _day(view: View, day: str | None) -> str:
    return written_day(view.language, day or "")


def _day_after(words: str) -> str | None:
    """People say the last day, the registry the first day no more. What is no day stays, and is
    refused by the registry."""
    try:
        return (date.fromisoformat(words) + timedelta(days=1)).isoformat() if words else None
    except (ValueError, OverflowError):
        return "-"

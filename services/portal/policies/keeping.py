"""`/organisation/{unit}/policies/{kind}`: keepers say what holds from a day on."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from services.portal.plans.rules import VALUES
from services.portal.policies.asking import Kind, chain, documents
from services.portal.policies.fields import FIELDS, GROUPS
from services.portal.policies.form import read, typed_from, typed_in
from services.portal.policies.levels import said_on
from services.portal.policies.pages import topic_name
from services.portal.policies.words import value_words
from services.portal.results.asking import today
from services.portal.view import SignedForm, SignedIn, View
from shared.http.problems import Problem, not_found

router = APIRouter(prefix="/organisation/{unit}/policies")


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that was not stored, and why."""

    typed: Mapping[str, str]
    valid_from: str
    wrong: Mapping[str, str]
    overtaken: bool = False


@router.post("/adopt")
async def adopt(view: SignedIn, unit: UUID, form: SignedForm) -> Response:
    """Write what a regulation says for the whole tenant."""
    slug, since = str(form.get("pack", "")), str(form.get("valid_from", ""))
    packs = await view.get("registry", "/v1/regulations")
    if slug not in {pack["slug"] for pack in packs} or not _is_date(since):
        raise not_found("There is no such pack, or no such day.")
    path = f"/v1/regulations/{slug}/adopt"
    try:
        await view.send("POST", "registry", path, {"valid_from": since})
    except Problem as problem:
        if problem.status != 409:
            raise
        return _back(view, unit, "not_adopted")
    return _back(view, unit, "adopted")


@router.get("/{kind}")
async def show_form(
    view: SignedIn, unit: UUID, kind: Kind, whole: bool = False, policy: UUID | None = None
) -> Response:
    """A new document with the values that hold at the level now, or a stored one."""
    if not view.keeps:
        return view.redirect(f"/organisation/{unit}/policies")
    return await _form(view, unit, kind, whole=whole, policy=policy)


@router.post("/{kind}")
async def save(
    view: SignedIn,
    unit: UUID,
    kind: Kind,
    form: SignedForm,
    *,
    whole: bool = False,
    policy: UUID | None = None,
) -> Response:
    """Store the document; what was typed stays on the page where that is refused."""
    typed, since = typed_in(kind, form), str(form.get("valid_from", ""))
    said = read(kind, typed, view.language)
    wrong = dict(said.wrong)
    if not _is_date(since):
        wrong["valid_from"] = view.t("policies.wrong.date")
    overtaken = False
    if not wrong:
        body = {
            "unit_id": None if whole else str(unit),
            "valid_from": since,
            "document": said.document,
        }
        try:
            await _store(view, policy, str(form.get("version", "")), body)
        except Problem as problem:
            overtaken = problem.status == 412
            if not overtaken:
                wrong = _refused(view, kind, problem)
        else:
            return _back(view, unit, "saved")
    sent = Sent(typed, since, wrong, overtaken)
    return await _form(view, unit, kind, whole=whole, policy=policy, sent=sent)


@router.post("/{kind}/{policy}/delete")
async def delete(
    view: SignedIn, unit: UUID, kind: Kind, policy: UUID, form: SignedForm
) -> Response:
    """What stands above it holds again."""
    seen = str(form.get("version", ""))
    try:
        await view.send("DELETE", "registry", f"/v1/policies/{policy}", seen=seen)
    except Problem as problem:
        if problem.status not in {409, 412}:
            raise
        return _back(view, unit, "unchanged")
    return _back(view, unit, "deleted")


async def _store(view: View, policy: UUID | None, seen: str, body: Any) -> None:
    if policy is None:
        await view.send("POST", "registry", "/v1/policies", body)
    else:
        await view.send("PUT", "registry", f"/v1/policies/{policy}", body, seen=seen)


def _refused(view: View, kind: Kind, problem: Problem) -> dict[str, str]:
    """By field what the registry says of it; raise the problem where that is no field's fault."""
    if problem.slug == "policy-date-taken":
        return {"valid_from": view.t("policies.wrong.date_taken")}
    if problem.status != 422 or not problem.errors:
        raise problem
    wrong: dict[str, str] = {}
    for error in problem.errors:
        parts = re.split(r"[.\[]", error.field)
        if field := next((part for part in parts if part in FIELDS[kind]), ""):
            wrong[field] = view.t("policies.wrong.fit", problem=error.problem)
        else:
            wrong[""] = view.t("policies.wrong.other", problem=error.problem)
    return wrong


async def _form(
    view: View,
    unit: UUID,
    kind: Kind,
    *,
    whole: bool,
    policy: UUID | None,
    sent: Sent | None = None,
) -> Response:
    tenant, found, stored = await asyncio.gather(
        view.get("registry", "/v1/tenant"),
        view.get("registry", f"/v1/units/{unit}"),
        documents(view, kind, None if whole else unit),
    )
    now = today(tenant).isoformat()
    chosen = next((each for each in stored if each["id"] == str(policy)), None)
    if policy is not None and chosen is None:
        raise not_found("This level has no such policy.")
    copied = chosen or next((each for each in stored if each["valid_from"] <= now), None)
    since = sent.valid_from if sent else chosen["valid_from"] if chosen else now
    levels = await chain(view, tenant, found, since if _is_date(since) else now)
    farther = [] if whole else levels[:-1]
    kept = typed_from(kind, copied["document"] if copied else {}, view.language)
    back = f"/organisation/{unit}/policies"
    return view.page(
        "policies/form.html",
        status=(409 if sent.overtaken else 422) if sent else 200,
        unit=found,
        kind=kind,
        topic=topic_name(view, kind),
        whole=whole,
        policy=chosen,
        documents=stored,
        fields=FIELDS[kind],
        groups=GROUPS,
        values=VALUES,
        typed=sent.typed if sent else kept,
        valid_from=since,
        wrong=sent.wrong if sent else {},
        overtaken=sent is not None and sent.overtaken,
        stored_words=_in_words(view, kind, chosen["document"]) if chosen else "",
        above={field: said_on(kind, field, farther)[0] for field in FIELDS[kind]},
        words=lambda kind, field, value: value_words(view.language, kind, field, value),
        action=f"{back}/{kind}?whole={str(whole).lower()}",
        back=back,
    )


def _in_words(view: View, kind: Kind, document: Mapping[str, Any]) -> str:
    return "; ".join(
        f"{view.t(f'policies.field.{kind}.{field}')}: "
        f"{value_words(view.language, kind, field, document[field])}"
        for field in FIELDS[kind]
        if document.get(field) is not None
    )


def _back(view: View, unit: UUID, said: str) -> Response:
    return view.redirect(f"/organisation/{unit}/policies?said={said}")


def _is_date(words: str) -> bool:
    try:
        date.fromisoformat(words)
    except ValueError:
        return False
    return True

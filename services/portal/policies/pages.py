"""`/organisation/{unit}/policies`: what applies to a unit on a day, and where it comes from."""

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from services.portal.languages.formats import day
from services.portal.policies.asking import Kind, chain
from services.portal.policies.fields import FIELDS, SURVEY
from services.portal.policies.levels import (
    REGULATIONS,
    SURVEY_REGULATION,
    changed_fields,
    survey_lines,
    topics,
)
from services.portal.policies.words import survey_words, value_words
from services.portal.results.asking import today
from services.portal.view import SignedIn, View
from shared.http.problems import Problem

router = APIRouter(prefix="/organisation/{unit}/policies")

_SAID = frozenset({"saved", "deleted", "adopted", "unchanged", "not_adopted"})


@router.get("")
async def show_policies(
    view: SignedIn,
    unit: UUID,
    on: Annotated[date | Literal[""], Query()] = "",
    said: str = "",
) -> Response:
    """Every value that holds for the unit, with its source and what it stands instead of."""
    tenant = await view.get("registry", "/v1/tenant")
    wanted = (on or today(tenant)).isoformat()
    effect, found, services = await asyncio.gather(
        view.get("registry", f"/v1/units/{unit}/policies", on=wanted),
        view.get("registry", f"/v1/units/{unit}", on=wanted),
        view.everything("registry", "/v1/services"),
    )
    packs = await view.get("registry", "/v1/regulations") if view.keeps else []
    levels = await chain(view, tenant, found, wanted)
    names = {service["id"]: service["name"] for service in services}
    language = view.language
    return view.page(
        "policies/policies.html",
        unit=found,
        on=wanted,
        levels=levels,
        topics=topics(effect["kinds"], levels),
        survey=survey_lines(effect["satisfaction"], levels),
        fields=FIELDS,
        survey_rules=SURVEY,
        topic_names={kind: topic_name(view, kind) for kind in (*FIELDS, "satisfaction")},
        regulations=sorted({name for name, _ in REGULATIONS.values()} | {SURVEY_REGULATION}),
        words=lambda kind, field, value: value_words(language, kind, field, value),
        survey_words=lambda field, value: survey_words(language, field, value, names),
        keeps=view.keeps,
        packs=[(pack["slug"], _pack_name(view, pack)) for pack in packs],
        said=said if said in _SAID else "",
    )


@router.get("/{kind}/history/{policy}")
async def show_history(
    view: SignedIn, unit: UUID, kind: Kind, policy: UUID, cursor: str | None = None
) -> Response:
    """Who changed a policy, when, from what to what."""
    tenant, found, page = await asyncio.gather(
        view.get("registry", "/v1/tenant"),
        view.get("registry", f"/v1/units/{unit}"),
        view.get("registry", f"/v1/history/policy/{policy}", cursor=cursor),
    )
    newest = page["items"][0]["after"] or page["items"][0]["before"]
    people = {each["actor_person_id"] for each in page["items"]} - {None}
    names = {person: name for person in people if (name := await _name(view, person))}
    steps = {step["id"]: step["name"] for step in found["path"]}
    return view.page(
        "policies/changes.html",
        unit=found,
        tenant=tenant,
        topic=topic_name(view, kind),
        place=steps.get(newest["unit_id"], tenant["name"]),
        changes=[_change(view, kind, change, names) for change in page["items"]],
        next_cursor=page["next_cursor"],
        back=f"/organisation/{unit}/policies",
    )


def topic_name(view: View, kind: str) -> str:
    """What a kind of policy is called."""
    return view.t(f"policies.topic.{kind}")


def _pack_name(view: View, pack: Any) -> str:
    kinds = [document["policy_kind"] for document in pack["documents"]]
    kinds += ["satisfaction"] if pack["satisfaction"] else []
    topics = ", ".join(topic_name(view, kind) for kind in kinds)
    return view.t("policies.adopt.pack", name=pack["name"], topics=topics)


async def _name(view: View, person: str) -> str | None:
    """Of somebody who changed something once and may be gone since."""
    try:
        found = await view.get("registry", f"/v1/people/{person}")
    except Problem as problem:
        if problem.status != 404:
            raise
        return None
    return str(found["name"])


def _change(
    view: View, kind: Kind, change: Mapping[str, Any], names: Mapping[str, str]
) -> dict[str, Any]:
    """One line of the history, in words; ``names`` are those of people by id."""
    before, after = change["before"], change["after"]
    old, new = (state["document"] if state else {} for state in (before, after))

    def said(document: dict[str, Any], field: str) -> str:
        value = document.get(field)
        if value is None:
            return view.t("policies.changes.nothing_said")
        return value_words(view.language, kind, field, value)

    lines = [
        (view.t(f"policies.field.{kind}.{field}"), said(old, field), said(new, field))
        for field in changed_fields(kind, old, new)
    ]
    if before and after and before["valid_from"] != after["valid_from"]:
        then, now = (day(view.language, state["valid_from"]) for state in (before, after))
        lines.insert(0, (view.t("policies.changes.begins"), then, now))
    return {
        "at": change["changed_at"],
        "who": names.get(change["actor_person_id"], change["actor"]),
        "before": before,
        "after": after,
        "valid_from": (after or before)["valid_from"],
        "lines": lines,
    }

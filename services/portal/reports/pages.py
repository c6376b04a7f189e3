"""`/units/{unit}/report`: the report to read, print, fetch, prepare and publish."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from services.portal.reports.rules import (
    STATUSES,
    bars_of,
    file_name,
    plan_as_typed,
    plan_of_form,
    rows_to_edit,
)
from services.portal.reports.workbook import office_file, value_words
from services.portal.results.asking import InScene, Scene
from services.portal.results.pages import choices, context
from services.portal.results.rules import curve
from services.portal.view import SignedForm
from shared.contracts import ELEMENTS
from shared.http.auth import Role
from shared.http.problems import Problem

router = APIRouter()

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_KEEPERS: Final = (Role.survey_officer, Role.tenant_administrator)
_COLUMNS: Final = (("sex", "service"), ("age_band",), ("education",), ("occupation",))
_SAID: Final = frozenset({"saved", "published", "conflict", "nothing_changed"})
_REFUSED: Final = {412: ("overtaken", 409), 422: ("wrong", 422)}
"""Why a plan is not stored, by scoring's status: what the page says, and its own status."""


@router.get("/units/{unit}/report")
async def show_report(scene: InScene, revision: UUID | None = None, said: str = "") -> Response:
    """A published revision; for who publishes also the draft, which is shown first."""
    return await _show(scene, revision=revision, said=said if said in _SAID else "")


@router.get("/units/{unit}/report.xlsx")
async def fetch_report(scene: InScene, revision: UUID | None = None) -> Response:
    """The same as an office file, in the language of the page."""
    if revision is not None:
        report = await _read(scene, revision)
        document, number = report["document"], report["revision"]
    else:
        document, number = (await _draft(scene))["document"], None
    content = await asyncio.to_thread(office_file, document, scene.view.language, revision=number)
    name = file_name(document, number)
    file = Response(
        content,
        media_type=_XLSX,
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "private, no-store",
        },
    )
    return scene.view.with_session(file)


@router.post("/units/{unit}/report/plan")
async def save_plan(scene: InScene, form: SignedForm) -> Response:
    """Store the plan, unless somebody else did meanwhile; what was typed stays in the form."""
    typed = {name: value for name, value in form.items() if isinstance(value, str)}
    try:
        await scene.view.send(
            "PUT",
            "scoring",
            f"{_below(scene)}/satisfaction-report/plan?{urlencode(scene.asked)}",
            plan_of_form(typed),
            seen=str(form.get("version", "")),
        )
    except ValueError:
        refused = 422
    except Problem as problem:
        if problem.status not in _REFUSED:
            raise
        refused = problem.status
    else:
        return _back(scene, "saved")
    if refused == 412:
        typed.pop("version", None)  # who saves again has been told whose plan that replaces
    said, status = _REFUSED[refused]
    return await _show(scene, said=said, typed=typed, status=status)


@router.post("/units/{unit}/report/publish")
async def publish(scene: InScene, form: SignedForm) -> Response:
    """Freeze the next revision, and show it."""
    body = {"period": scene.period, "service_id": scene.asked.get("service")}
    try:
        report = await scene.view.send(
            "POST",
            "scoring",
            f"{_below(scene)}/satisfaction-reports",
            body,
            seen=str(form.get("version", "")),
        )
    except Problem as problem:
        if problem.slug == "nothing-changed":
            return _back(scene, "nothing_changed")
        if problem.status == 412:
            return _back(scene, "conflict")
        if problem.slug != "answers-on-the-way":
            raise
        return _back(scene)
    return _back(scene, "published", revision=report["id"])


async def _show(
    scene: Scene,
    *,
    revision: UUID | None = None,
    said: str = "",
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """The page; ``typed`` is a form of the plan that was not stored."""
    keeps = scene.view.has(*_KEEPERS)
    published = await _published(scene)
    draft = plan = None
    waiting = False
    if keeps:
        try:
            draft, plan = await asyncio.gather(_draft(scene), _plan(scene))
        except Problem as problem:
            if problem.slug != "answers-on-the-way":
                raise
            waiting = True
            plan = await _plan(scene)
    if plan and typed is not None:
        plan = plan_as_typed(plan, typed)
    shown = None
    if revision is not None:
        shown = await _read(scene, revision)
    elif published and not keeps:
        shown = await _read(scene, published[0]["id"])
    document = shown["document"] if shown else draft["document"] if draft else None
    return scene.view.page(
        "reports/report.html",
        status=status,
        **context(scene),
        **choices(scene.tenant),
        keeps=keeps,
        waiting=waiting,
        published=published,
        shown=shown,
        document=document,
        curve=curve(document["trend"]) if document else None,
        bars=bars_of(document["elements"]) if document else [],
        described=_COLUMNS,
        value_words=lambda dimension, part: value_words(scene.view.language, dimension, part),
        plan=plan,
        entries=rows_to_edit(plan["entries"]) if plan else [],
        elements=[element.value for element in ELEMENTS],
        statuses=STATUSES,
        following=published[0]["revision"] + 1 if published else 1,
        said=said,
    )


def _below(scene: Scene) -> str:
    return f"/v1/units/{scene.unit['id']}"


def _back(scene: Scene, said: str = "", **more: str) -> Response:
    query = scene.asked | ({"said": said} if said else {}) | more
    return scene.view.redirect(f"/units/{scene.unit['id']}/report?{urlencode(query)}")


async def _published(scene: Scene) -> list[Any]:
    """The revisions about the chosen service, newest first."""
    path = f"{_below(scene)}/satisfaction-reports"
    reports = await scene.view.everything("scoring", path, period=scene.period)
    return [each for each in reports if each["service_id"] == scene.asked.get("service")]


async def _draft(scene: Scene) -> Any:
    path = f"{_below(scene)}/satisfaction-report"
    return await scene.view.get("scoring", path, **scene.asked)


async def _plan(scene: Scene) -> Any:
    path = f"{_below(scene)}/satisfaction-report/plan"
    return await scene.view.get("scoring", path, **scene.asked)


async def _read(scene: Scene, report: UUID | str) -> Any:
    path = f"{_below(scene)}/satisfaction-reports/{report}"
    return await scene.view.get("scoring", path)

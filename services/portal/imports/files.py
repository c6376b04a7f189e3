"""`/imports/{kind}/files`: a file is sent and checked, its errors shown, then it is taken over."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response, StreamingResponse

from services.portal.imports.asking import Kind, kind_values
from services.portal.imports.pages import Format
from services.portal.imports.passing import PROGRESS, fetched, imported, no_file
from services.portal.imports.reasons import reason_in_words
from services.portal.imports.rules import (
    MOST_SHOWN,
    mapping_of,
    skipped_counts,
    slug,
    titles_of,
)
from services.portal.view import SignedForm, SignedIn, View
from shared.http.problems import Problem

router = APIRouter()

_REFUSALS = frozenset({"no-file", "unreadable-file", "body-too-large", "not-found"})
"""Problems that the page has words for; others are told in general."""
Mapping = Annotated[str, Query(max_length=100)]
Lines = AsyncGenerator[dict[str, Any], None]


@router.post("/imports/{kind}/files")
async def send_file(view: SignedIn, kind: Kind, form: SignedForm) -> Response:
    """Check a file; it is kept for a day, so that it need not be sent again."""
    upload, mapping = form.get("file"), _text(form, "mapping")
    if not isinstance(upload, UploadFile) or not upload.size:
        return await _refused(view, kind, no_file())
    params = {
        "dry_run": "true",
        "keep": "true",
        "file_name": (upload.filename or "")[-200:],
        "sheet": _text(form, "sheet"),
        "mapping": mapping,
    }

    def checked(report: dict[str, Any]) -> str:
        return f"/imports/{kind}/files/{report['file_id']}" + _asked(mapping)

    return await _answer(view, kind, imported(view, kind, params, upload=upload), checked)


@router.get("/imports/{kind}/files/{file}")
async def show_file(view: SignedIn, kind: Kind, file: UUID, mapping: Mapping = "") -> Response:
    """What is found in a file as things stand now."""
    params = {"dry_run": "true", "file": str(file), "mapping": mapping}
    try:
        report = await _report(imported(view, kind, params))
    except Problem as problem:
        return await _refused(view, kind, problem, mapping=mapping)
    return await _shown(view, kind, report, file=file, mapping=mapping)


@router.post("/imports/{kind}/files/{file}/run")
async def run(view: SignedIn, kind: Kind, file: UUID, form: SignedForm) -> Response:
    """Take over every row, or the good ones."""
    mapping = _text(form, "mapping")
    rows = "good" if form.get("rows") == "good" else "all"
    lines = imported(view, kind, {"file": str(file), "rows": rows, "mapping": mapping})
    return await _answer(view, kind, lines, None, file=file, mapping=mapping)


@router.get("/imports/{kind}/files/{file}/bad-rows.{form}")
async def fetch_bad_rows(view: SignedIn, kind: Kind, file: UUID, form: Format) -> Response:
    """The bad rows as they were sent, with the reasons beside them."""
    return await fetched(view, f"/v1/imports/files/{file}/bad-rows", {"format": form})


@router.post("/imports/{kind}/files/{file}/delete")
async def forget_file(view: SignedIn, kind: Kind, file: UUID, _: SignedForm) -> Response:
    """Not to be kept any longer."""
    await view.send("DELETE", "registry", f"/v1/imports/files/{file}")
    return view.redirect(f"/imports/{kind}?said=forgotten")


@router.post("/imports/{kind}/files/{file}/mapping")
async def choose_columns(view: SignedIn, kind: Kind, file: UUID, form: SignedForm) -> Response:
    """Save what the columns mean, and look at the file again."""
    columns = mapping_of(_texts(form))
    try:
        name = await _saved(view, kind, form, columns)
    except Problem as problem:
        problem.members |= {"titles": columns, "file_id": str(file)}
        return await _refused(view, kind, problem)
    return view.redirect(f"/imports/{kind}/files/{file}" + _asked(name))


async def _answer(
    view: View,
    kind: str,
    lines: Lines,
    see: Callable[[dict[str, Any]], str] | None,
    **of: Any,
) -> Response:
    """The page at the end; a script is told how far it is meanwhile. `see` gives the address of the
    page where it has one of its own."""
    if PROGRESS in view.request.headers.get("accept", ""):
        told = StreamingResponse(
            _told(view, kind, lines, see, of),
            media_type=PROGRESS,
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )
        return view.with_session(told)
    try:
        report = await _report(lines)
    except Problem as problem:
        return await _refused(view, kind, problem, **of)
    return view.redirect(see(report)) if see else await _shown(view, kind, report, **of)


async def _told(
    view: View,
    kind: str,
    lines: Lines,
    see: Callable[[dict[str, Any]], str] | None,
    of: dict[str, Any],
) -> AsyncIterator[bytes]:
    try:
        async with aclosing(lines):
            async for line in lines:
                report = line.get("report")
                if report is None:
                    yield _line(line)
                elif see is not None:
                    yield _line({"see": view.link(see(report))})
                else:
                    yield _line({"page": _html(await _shown(view, kind, report, **of))})
    except Problem as problem:
        page = await _refused(view, kind, problem, **of)
        elsewhere = page.headers.get("location")
        yield _line({"see": elsewhere} if elsewhere else {"page": _html(page)})


def _line(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode() + b"\n"


async def _report(lines: Lines) -> dict[str, Any]:
    async with aclosing(lines):
        async for line in lines:
            if report := line.get("report"):
                found: dict[str, Any] = report
                return found
    raise AssertionError("an import ends with a report or a problem")


async def _shown(
    view: View, kind: str, report: dict[str, Any], *, file: UUID, mapping: str
) -> Response:
    return view.page(
        "imports/report.html",
        **await kind_values(view, kind),
        report=report,
        problems=report["problems"][:MOST_SHOWN],
        said_as=partial(reason_in_words, view.language),
        skipped=skipped_counts(report),
        titles=titles_of(report),
        file=file,
        mapping=mapping,
    )


async def _refused(
    view: View, kind: str, problem: Problem, *, file: UUID | None = None, mapping: str = ""
) -> Response:
    """Why a file cannot be used at all; where its rows became bad meanwhile, those are shown, and
    where it was kept, its titles, to say what they mean."""
    if problem.slug == "import-refused" and file is not None:
        return view.redirect(f"/imports/{kind}/files/{file}" + _asked(mapping))
    if problem.status not in {404, 409, 413, 415, 422}:
        raise problem
    named = problem.slug == "invalid-request" and problem.errors
    said = problem.errors[0].problem if named else problem.detail
    values = await kind_values(view, kind)
    kept = problem.members.get("file_id")
    return view.page(
        "imports/columns.html" if kept else "imports/kind.html",
        status=problem.status,
        **values,
        said="",
        said_as=reason_in_words(view.language, said),
        detail=said,
        titles=problem.members.get("titles"),
        file=kept,
        mapping=mapping,
        refusal=slug(problem.slug) if problem.slug in _REFUSALS else "other",
    )


async def _saved(view: View, kind: str, form: FormData, columns: dict[str, str | None]) -> str:
    name = _text(form, "name").replace("/", "-") or view.t("imports.mapping.usual_name")
    path = f"/v1/imports/{kind}/mappings/{quote(name, safe='')}"
    await view.send("PUT", "registry", path, {"columns": columns})
    return name


def _html(page: Response) -> str:
    return bytes(page.body).decode()


def _asked(mapping: str) -> str:
    return "?" + urlencode({"mapping": mapping}) if mapping else ""


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _texts(form: FormData) -> list[tuple[str, str]]:
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]

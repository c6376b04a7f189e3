"""`/v1/imports`: an office file is the body, CSV or XLSX; with `dry_run` it is only checked."""

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel

from services.registry.access import Access, Keeper, Registry
from services.registry.imports import store
from services.registry.imports.engine import Checked, Job, Watch, check, read, run
from services.registry.imports.kind import AnyKind
from services.registry.imports.kinds import KINDS
from services.registry.imports.progress import MEDIA_TYPE, Progress
from services.registry.imports.report import Mode, Report
from services.registry.imports.rules import KEPT_FOR, Column
from services.registry.imports.store import KeptFile
from services.registry.imports.writing import MEDIA, Format, bad_rows, template
from shared.db import Connection, uuid7
from shared.http.auth import Principal
from shared.http.openapi import problem
from shared.http.problems import Problem, conflict, not_found

router = APIRouter(prefix="/v1/imports", tags=["imports"])

FILE_LIMIT: Final = 20 * 1024 * 1024
"""Bytes of one file."""
_MOST_KEPT: Final = 20
"""Files of one tenant."""
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_TYPES: Final = ("text/csv", MEDIA["xlsx"], "application/octet-stream")
_FILE_BODY: Final[dict[str, Any]] = {
    "requestBody": {"required": False, "content": dict.fromkeys(_TYPES, _BINARY)}
}
_unknown_file = partial(
    not_found, "No such file is kept, or its 24 hours are over: send it again with keep=true."
)


class KindAnswer(BaseModel):
    """`required` are groups of columns: of each group a file names one or more."""

    name: str
    columns: list[Column]
    required: list[list[str]]


def _known(kind: str) -> AnyKind:
    if kind not in KINDS:
        raise not_found(f"This is nothing that is imported: choose of {', '.join(KINDS)}.")
    return KINDS[kind]


def _kind(import_kind: str, _: Keeper) -> AnyKind:
    return _known(import_kind)


ImportKind = Annotated[AnyKind, Depends(_kind)]


async def _body(request: Request, _: Keeper, file: Annotated[UUID | None, Query()] = None) -> bytes:
    """The body, read only for those who may import; none where a kept file is named."""
    if file is not None:
        return b""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in _TYPES:
        raise Problem(
            415,
            "send-a-file",
            title="Not a file that can be imported",
            detail="Send the CSV or XLSX file itself as the body, with content-type text/csv or "
            f"{MEDIA['xlsx']}, or name a kept one by ?file=.",
        )
    return await request.body()


Name = Annotated[str | None, Query(min_length=1, max_length=100)]


@router.get("")
async def list_kinds(_: Keeper) -> list[KindAnswer]:
    """What can be imported, with the columns of each kind."""
    return [
        KindAnswer(
            name=kind.name,
            columns=list(kind.columns),
            required=[sorted(group) for group in kind.required],
        )
        for kind in KINDS.values()
    ]


@router.post(
    "/{import_kind}",
    openapi_extra=_FILE_BODY,
    response_model=Report,
    responses={415: problem("Not a file that can be imported")},
)
async def import_file(
    kind: ImportKind,
    body: Annotated[bytes, Depends(_body)],
    caller: Keeper,
    registry: Access,
    *,
    dry_run: Annotated[bool, Query(description="Only check, store nothing")] = False,
    rows: Annotated[Mode, Query(description="good: store the good rows, list the bad")] = "all",
    sheet: Annotated[str | None, Query(min_length=1, max_length=100)] = None,
    mapping: Annotated[Name, Query(description="A saved mapping, by its name")] = None,
    keep: Annotated[bool, Query(description="Keep the file for 24 hours")] = False,
    file: Annotated[UUID | None, Query(description="A kept file, instead of a body")] = None,
    file_name: Annotated[str, Query(max_length=200)] = "",
    accept: Annotated[str, Header(max_length=1000)] = "",
) -> Report | Progress:
    """All rows or none, or on request the good ones; safe to repeat.

    With `Accept: application/x-ndjson` the answer tells how far it is: lines `{"phase", "done",
    "total"}`, then `{"report"}` or `{"problem"}`; without a report nothing was stored.

    Where a needed column is not found, the problem `unreadable-file` holds `titles`: each title
    with the field that it means, or null. With `keep` the file is kept even so, and `file_id` names
    it: save a mapping of the titles, and send that with it.
    """
    async with registry.transaction(caller.tenant) as connection:
        job = Job(kind, body, sheet=sheet, dry_run=dry_run, mode=rows)
        if file is not None:
            kept = await _kept(connection, caller, file)
            if kept.kind != kind.name:
                raise conflict("other-kind", f"The file was kept as {kept.kind}: import it there.")
            job = Job(kind, kept.content, sheet or kept.sheet, kept.mapping, dry_run, rows)
        if mapping is not None:
            job = await _mapped(connection, caller, job, mapping)

    async def work(watch: Watch) -> Report:
        file_id = file
        try:
            report = await run(job, caller, registry, watch)
        except Problem as problem:
            if "titles" in problem.members and (file_id or keep):
                file_id = file_id or await _keep(job, caller, registry, file_name)
                problem.members["file_id"] = str(file_id)
            raise
        if keep and file is None:
            file_id = await _keep(job, caller, registry, file_name)
        return report.model_copy(update={"file_id": str(file_id) if file_id else None})

    if MEDIA_TYPE in accept:
        return Progress(work)
    return await work(lambda *_: None)


@router.get("/{import_kind}/template", response_class=Response)
async def show_template(
    kind: ImportKind, _: Keeper, *, form: Annotated[Format, Query(alias="format")] = "xlsx"
) -> Response:
    """An empty file with the columns and an explanation of each."""
    return attachment(template(kind, form), f"{kind.name}-template", form)


@router.get("/files/{file_id}/bad-rows", response_class=Response)
async def show_bad_rows(
    file_id: UUID,
    caller: Keeper,
    registry: Access,
    *,
    form: Annotated[Format, Query(alias="format")] = "xlsx",
) -> Response:
    """The rows of a kept file that are bad now, as they were sent, with the reasons beside them."""
    async with registry.transaction(caller.tenant) as connection:
        kept = await _kept(connection, caller, file_id)
    job = Job(_known(kept.kind), kept.content, kept.sheet, kept.mapping, dry_run=True, mode="good")

    def unwatched(*_: object) -> None:
        return None

    sheet = await read(job, unwatched)

    async def work(connection: Connection) -> Checked:
        await job.kind.lock(connection, caller.tenant)
        return await check(job, sheet, caller, connection, unwatched)

    checked = await registry.write(caller, work)
    content = await asyncio.to_thread(bad_rows, sheet, checked.bad, form)
    return attachment(content, f"{kept.kind}-bad-rows", form)


@router.delete("/files/{file_id}", status_code=204)
async def delete_file(file_id: UUID, caller: Keeper, registry: Access) -> None:
    """Forget a kept file before its time."""
    async with registry.transaction(caller.tenant) as connection:
        if not await store.delete_file(connection, caller.tenant, file_id):
            raise _unknown_file()


def attachment(content: bytes, name: str, form: Format) -> Response:
    """A file to save."""
    return Response(
        content,
        media_type=MEDIA[form],
        headers={
            "content-disposition": f'attachment; filename="{name}.{form}"',
            "cache-control": "no-store",
        },
    )


async def _kept(connection: Connection, caller: Principal, file_id: UUID) -> KeptFile:
    since = datetime.now(UTC) - KEPT_FOR
    kept = await store.find_file(connection, caller.tenant, file_id, since=since)
    if kept is None:
        raise _unknown_file()
    return kept


async def _mapped(connection: Connection, caller: Principal, job: Job, name: str) -> Job:
    found = await store.find_mapping(connection, caller.tenant, job.kind.name, name=name)
    if found is None:
        raise not_found("No mapping of this name is saved for this kind: list them first.")
    return Job(job.kind, job.content, job.sheet, found.columns, job.dry_run, job.mode)


async def _keep(job: Job, caller: Principal, registry: Registry, file_name: str) -> UUID:
    kept = KeptFile(uuid7(), job.kind.name, file_name, job.content, job.sheet, job.mapping)
    async with registry.transaction(caller.tenant) as connection:
        await store.keep_file(
            connection, caller.tenant, kept, actor=caller.subject, most=_MOST_KEPT
        )
    return kept.id

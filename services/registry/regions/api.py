"""`/v1/regions/{authority}`: codes of regions, kept by the operator, read by every tenant."""

from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request

from services.registry.access import Access, Member, Operator, refused
from services.registry.regions import store
from services.registry.regions.rules import Authority, FileRefused, Region, read
from services.registry.regions.store import Imported
from shared.db import Connection
from shared.http.openapi import problem
from shared.http.paging import Page, Paging
from shared.http.problems import Problem, invalid_request, not_found
from shared.http.words import FieldProblem

router = APIRouter(prefix="/v1/regions", tags=["regions"])

FILE_LIMIT = 20 * 1024 * 1024
"""Bytes of a file: all villages of the country fit."""

_NO_TENANT = UUID(int=0)
_REFUSALS = {
    "ck_region_codes_dates": partial(
        refused,
        "valid_until",
        "ends a code before the first day that is stored of it: give valid_from too",
    )
}
_CSV: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}
}
On = Annotated[date | None, Query(description="The day that is asked for; without it today (UTC)")]


async def _file(request: Request, _: Operator) -> bytes:
    """The body, read only for those who may send it."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in {"text/csv", "application/octet-stream"}:
        raise Problem(
            415,
            "send-csv",
            title="Not a CSV file",
            detail="Send the CSV file itself as the body, with content-type text/csv.",
        )
    return await request.body()


@router.post("/{authority}", openapi_extra=_CSV, responses={415: problem("Not a CSV file")})
async def import_regions(
    authority: Authority,
    file: Annotated[bytes, Depends(_file)],
    caller: Operator,
    registry: Access,
) -> Imported:
    """Take over a CSV file with the columns code and name, and valid_from and valid_until where a
    code means something else from a day on. All rows or none; safe to repeat."""
    try:
        regions = read(authority, file)
    except FileRefused as refusal:
        raise invalid_request(
            [FieldProblem(f"line {fault.line}", fault.problem) for fault in refusal.faults]
        ) from None

    async def work(connection: Connection) -> Imported:
        return await store.write(connection, authority, regions)

    return await registry.write(caller, work, tenant_id=_NO_TENANT, refusals=_REFUSALS)


@router.get("/{authority}")
async def list_regions(
    authority: Authority,
    *,
    caller: Member,
    registry: Access,
    paging: Paging,
    q: Annotated[str | None, Query(max_length=200, description="Part of a code or name")] = None,
    parent: Annotated[
        str | None, Query(max_length=13, description="The code of the region around them")
    ] = None,
    on: On = None,
) -> Page[Region]:
    (after,) = paging.after(str) or (None,)
    async with registry.transaction(caller.tenant) as connection:
        regions = await store.page(
            connection,
            authority,
            on=on or _today(),
            after=after,
            limit=paging.fetch,
            parent=parent,
            text=q,
        )
    return paging.page(regions, key=lambda region: (region.code,))


@router.get("/{authority}/{code}")
async def show_region(
    authority: Authority,
    code: Annotated[str, Path(max_length=13)],
    caller: Member,
    registry: Access,
    on: On = None,
) -> Region:
    """What a code means on a day."""
    async with registry.transaction(caller.tenant) as connection:
        region = await store.find(connection, authority, code, on=on or _today())
    if region is None:
        raise not_found("This code means no region on that day: search with `q`.")
    return region


async def check_codes(connection: Connection, *, kemendagri: str | None, bps: str | None) -> None:
    """422 for a code that the authority never gave. Neither follows from the other."""
    given = {Authority.KEMENDAGRI: kemendagri, Authority.BPS: bps}
    codes = {authority: code for authority, code in given.items() if code is not None}
    for authority in await store.unknown(connection, codes):
        raise refused(
            f"region_{authority}",
            f"is not a code that is known here: search at /v1/regions/{authority}, or have an "
            "operator import the newest list",
        )


def _today() -> date:
    return datetime.now(UTC).date()

"""`/v1/imports`: a CSV file is the body; with `dry_run` it is only checked."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from services.registry.access import Access, Keeper, Refusals
from services.registry.assignments import store as assignments
from services.registry.assignments.rules import Assignment
from services.registry.contacts import store as contacts
from services.registry.imports import person_words, unit_rules
from services.registry.imports.person_rules import Known, PeoplePlan, plan_people
from services.registry.imports.rules import BadCell, FileRefused, Sheet, read_sheet
from services.registry.imports.unit_rules import UnitPlan, plan_units
from services.registry.locks import lock_all
from services.registry.people import store as people
from services.registry.people.rules import without_separators
from services.registry.units import store as units
from shared.db import Connection, uuid7
from shared.http.problems import Problem, conflict, not_found
from shared.http.words import FieldProblem

router = APIRouter(prefix="/v1/imports", tags=["imports"])

FILE_LIMIT = 5 * 1024 * 1024
"""Bytes of one file."""

_CSV_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}
}
_overtaken = partial(
    conflict,
    "changed-meanwhile",
    "Nothing was stored: somebody changed units or people at the same moment. Send the file again.",
)
_no_tenant = partial(
    not_found, "The tenant of your token is not registered here: have an operator create it."
)
_UNIT_REFUSALS: Refusals = {
    "uq_units_tenant_id_code": _overtaken,
    "fk_units_tenant_id_parent_id_units": _overtaken,
    "fk_units_tenant_id_tenants": _no_tenant,
}
_PEOPLE_REFUSALS: Refusals = {
    "uq_people_tenant_id_number": _overtaken,
    "uq_people_tenant_id_external_id": _overtaken,
    "fk_people_tenant_id_tenants": _no_tenant,
    "fk_assignments_tenant_id_unit_id_units": _overtaken,
    "ex_assignments_one_definitive": _overtaken,
}


class Report(BaseModel):
    """`created`, `changed` and `unchanged` count the file's rows, `assignments` what began.

    A dry run stores nothing and lists every bad cell in `problems`.
    """

    dry_run: bool
    rows: int
    created: int
    changed: int
    unchanged: int
    assignments: int = 0
    ignored_columns: list[str]
    encoding: str
    problems: list[BadCell]


DryRun = Annotated[bool, Query(description="Only check: list every bad cell, store nothing")]


async def _file(request: Request, _: Keeper) -> bytes:
    """The body, read only for those who may import."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in {"text/csv", "application/octet-stream"}:
        raise Problem(
            415,
            "send-csv",
            title="Not a CSV file",
            detail="Send the CSV file itself as the body, with content-type text/csv.",
        )
    return await request.body()


File = Annotated[bytes, Depends(_file)]


@router.post("/units", openapi_extra=_CSV_BODY)
async def import_units(
    file: File, caller: Keeper, registry: Access, dry_run: DryRun = False
) -> Report:
    """Create and change units, recognised by code; parents by code, in the file or stored."""
    sheet = await _sheet(file, unit_rules.NAMES, unit_rules.REQUIRED)

    async def work(connection: Connection) -> UnitPlan:
        await lock_all(connection, caller.tenant, "units")
        existing = await units.lock_every(connection, caller.tenant)
        plan = await asyncio.to_thread(plan_units, sheet, existing, new_id=uuid7)
        if not (dry_run or plan.bad):
            await units.insert(connection, caller.tenant, plan.new)
            await units.update(connection, caller.tenant, plan.changed)
        return plan

    plan = await registry.write(caller, work, refusals=_UNIT_REFUSALS)
    return _report(
        sheet,
        dry_run,
        plan.bad,
        created=len(plan.new),
        changed=len(plan.changed),
        unchanged=plan.unchanged,
    )


@router.post("/people", openapi_extra=_CSV_BODY)
async def import_people(
    file: File, caller: Keeper, registry: Access, dry_run: DryRun = False
) -> Report:
    """Create and change people, recognised by NIP or external id, with unit, first day, duties and
    contact points."""
    sheet = await _sheet(file, person_words.NAMES, person_words.REQUIRED)

    async def work(connection: Connection) -> PeoplePlan:
        await lock_all(connection, caller.tenant, "people")
        known = await _known(connection, caller.tenant, sheet)
        plan = await asyncio.to_thread(plan_people, sheet, known, new_id=uuid7)
        if not (dry_run or plan.bad):
            await people.insert(connection, caller.tenant, plan.new)
            await people.update(connection, caller.tenant, plan.changed)
            await assignments.update(connection, caller.tenant, plan.corrected)
            await assignments.insert(connection, caller.tenant, plan.assigned)
            await contacts.put(connection, caller.tenant, plan.contacts)
        return plan

    plan = await registry.write(caller, work, refusals=_PEOPLE_REFUSALS)
    return _report(
        sheet,
        dry_run,
        plan.bad,
        created=len(plan.new),
        changed=plan.changed_rows,
        unchanged=plan.unchanged,
        assignments=len(plan.assigned),
    )


async def _known(connection: Connection, tenant_id: UUID, sheet: Sheet) -> Known:
    found = await people.lock_known(
        connection,
        tenant_id,
        numbers={without_separators(row["number"]) for row in sheet.rows} - {""},
        external_ids={row["external_id"] for row in sheet.rows} - {""},
    )
    codes = {row["unit"] for row in sheet.rows} - {""}
    held: dict[UUID, list[Assignment]] = {}
    stored = await assignments.of_people(connection, tenant_id, [person.id for person in found])
    for assignment in stored:
        held.setdefault(assignment.person_id, []).append(assignment)
    return Known(
        found,
        await units.ids_of(connection, tenant_id, codes),
        held,
        await contacts.of_people(connection, tenant_id, [person.id for person in found]),
    )


async def _sheet(
    file: bytes, names: Mapping[str, frozenset[str]], required: frozenset[str]
) -> Sheet:
    """Read in a thread: a large file must not hold up other requests."""
    try:
        return await asyncio.to_thread(read_sheet, file, names, required=required)
    except FileRefused as refusal:
        raise Problem(
            422, "unreadable-file", title="The file cannot be read", detail=str(refusal)
        ) from None


def _report(sheet: Sheet, dry_run: bool, bad: list[BadCell], **counts: int) -> Report:
    """Raises a Problem that lists every bad cell, unless that is all that was asked."""
    if bad and not dry_run:
        raise Problem(
            422,
            "import-refused",
            title="The file has bad rows",
            detail=f"Nothing was stored: {len({cell.line for cell in bad})} of "
            f"{len(sheet.rows)} rows are bad. Correct them as the list says and send it again.",
            errors=[FieldProblem(_place(cell), cell.reason) for cell in bad],
        )
    return Report(
        dry_run=dry_run,
        rows=len(sheet.rows),
        ignored_columns=sheet.ignored,
        encoding=sheet.encoding,
        problems=bad,
        **counts,
    )


def _place(cell: BadCell) -> str:
    return f"line {cell.line}, {cell.column}" if cell.column else f"line {cell.line}"

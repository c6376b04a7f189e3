"""An import from the file to the database: read, check, store; all rows or the good ones."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from services.registry.access import Registry
from services.registry.imports.kind import AnyKind, Storing
from services.registry.imports.layout import Titles
from services.registry.imports.reading import read_file
from services.registry.imports.report import Mode, Report, Run, report_of
from services.registry.imports.rules import BadCell, FileRefused, Plan, Sheet
from services.registry.imports.store import Columns
from shared.db import Connection
from shared.http.auth import Principal
from shared.http.problems import Problem
from shared.http.words import FieldProblem

Phase = Literal["read", "check", "store"]
Watch = Callable[[Phase, int, int], None]
"""Is told how many rows of how many are through a phase, from any thread."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to import, and how."""

    kind: AnyKind
    content: bytes
    sheet: str | None = None
    mapping: Columns | None = None
    dry_run: bool = False
    mode: Mode = "all"


@dataclass(frozen=True, slots=True)
class Checked:
    """A sheet as it was read, the plan of what may be stored of it, and every bad cell."""

    sheet: Sheet
    plan: Plan
    bad: list[BadCell]


async def run(job: Job, caller: Principal, registry: Registry, watch: Watch) -> Report:
    """Import a file in one transaction. Raises the Problem that says why nothing was stored."""
    sheet = await read(job, watch)

    async def work(connection: Connection) -> Checked:
        await job.kind.lock(connection, caller.tenant)
        checked = await check(job, sheet, caller, connection, watch)
        if not job.dry_run and (job.mode == "good" or not checked.bad):
            total = job.kind.writes(checked.plan)
            watch("store", 0, total)
            storing = Storing(total, lambda done, of: watch("store", done, of))
            await job.kind.store(connection, caller.tenant, checked.plan, storing)
        return checked

    checked = await registry.write(caller, work, refusals=job.kind.refusals)
    if checked.bad and not job.dry_run and job.mode == "all":
        raise _refused(checked)
    return report_of(
        job.kind.name,
        sheet,
        checked.plan,
        run=Run(dry_run=job.dry_run, mode=job.mode),
        bad=checked.bad,
    )


async def read(job: Job, watch: Watch) -> Sheet:
    """In a thread: a large file must not hold up other requests."""
    watch("read", 0, len(job.content))
    titles = Titles(job.kind.columns, job.kind.required, job.mapping)
    try:
        sheet = await asyncio.to_thread(read_file, job.content, titles, sheet=job.sheet)
    except FileRefused as refusal:
        raise Problem(
            422,
            "unreadable-file",
            title="The file cannot be read",
            detail=str(refusal),
            members={"titles": refusal.titles} if refusal.titles else None,
        ) from None
    watch("read", len(job.content), len(job.content))
    return sheet


async def check(
    job: Job, sheet: Sheet, caller: Principal, connection: Connection, watch: Watch
) -> Checked:
    """What the rows would change, and which of them are bad."""
    known = await job.kind.known(connection, caller.tenant, sheet)
    watched = replace(sheet, told=lambda done, of: watch("check", done, of))
    return await asyncio.to_thread(_check, job, watched, known)


def _check(job: Job, sheet: Sheet, known: object) -> Checked:
    plan: Plan = job.kind.plan(sheet, known)
    bad = plan.findings.bad()
    if job.mode == "all":
        return Checked(sheet, plan, bad)
    # Rows may depend on rows that turned out bad: look again until nothing more falls out.
    found = bad
    while found:
        sheet = sheet.without({cell.line for cell in found})
        plan = job.kind.plan(sheet, known)
        found = plan.findings.bad()
        bad = bad + found
    return Checked(sheet, plan, sorted(bad, key=lambda cell: cell.line))


def _refused(checked: Checked) -> Problem:
    """Lists every bad cell by its place; what stands in it stays out of an answer that is an
    error: those are written down in more places."""
    bad = checked.bad
    return Problem(
        422,
        "import-refused",
        title="The file has bad rows",
        detail=f"Nothing was stored: {len({cell.line for cell in bad})} of "
        f"{len(checked.sheet.rows)} rows are bad. Correct them as the list says and send it again, "
        "or send it with rows=good.",
        errors=[FieldProblem(_place(checked.sheet, cell), cell.reason) for cell in bad],
    )


def _place(sheet: Sheet, cell: BadCell) -> str:
    named = [f"sheet {sheet.name}"] if sheet.name else []
    return ", ".join([*named, f"line {cell.line}", *([cell.column] if cell.column else [])])

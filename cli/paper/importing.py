"""The whole import: read the file, send its sheets, wait until they count, show the scores."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from cli.client import Client
from cli.errors import UserError
from cli.paper.access import environment, login_of_officer
from cli.paper.columns import HeaderError
from cli.paper.counting import until_counted
from cli.paper.place import find_place
from cli.paper.report import Report, rows
from cli.paper.scores import read_scores
from cli.paper.sending import send_sheets
from cli.paper.sheets import Sheets, read_sheets

_BATCH: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What was asked for on the command line; ``wait`` in seconds."""

    content: bytes
    tenant: str
    unit: str
    service: str
    batch: str
    u8: str | None
    day: date | None
    dry_run: bool
    skip_bad_rows: bool
    wait: float


async def run(job: Job) -> None:
    """Do all of it. Raise ``UserError``, ``RefusedError`` or ``SettingMissing``."""
    if not re.fullmatch(_BATCH, job.batch):
        raise UserError(
            f"--batch {job.batch!r}: use at most 80 letters, digits, dots, dashes, underscores.",
            code=2,
        )
    report = Report()
    async with Client(environment()) as client:
        login = await login_of_officer(client, job.tenant)
        place = await find_place(login, tenant=job.tenant, unit=job.unit, service=job.service)
        sheets = _read(job, place.zone)
        report.file(sheets)
        if sheets.bad and not job.skip_bad_rows:
            raise UserError(
                f"Nothing was sent: correct {rows(len({bad.line for bad in sheets.bad}))} "
                "listed above, or add --skip-bad-rows."
            )
        if job.dry_run:
            report.dry_run(sheets)
            return
        with report.progress("Sending", len(sheets.good)) as progress:
            results = await send_sheets(
                login, sheets.good, place=place, batch=job.batch, progress=progress
            )
        report.results(results)
        facts = [row["fact_id"] for row in results]
        with report.progress("Counting", len(facts)) as progress:
            await until_counted(login, facts, seconds=job.wait, progress=progress)
        report.scores(await read_scores(login, sheets.good, place))
    if any(row["result"] == "conflict" for row in results):
        raise UserError(
            "Some lines hold other answers in this batch, which stay: "
            "use a new batch name for a corrected file, and withdraw the old answers."
        )


def _read(job: Job, zone: str) -> Sheets:
    try:
        sheets = read_sheets(job.content, zone=zone, u8=job.u8, day=job.day)
    except HeaderError as error:
        raise UserError(str(error), code=2) from None
    if not sheets.good and not sheets.bad:
        raise UserError("The file has no rows below its header: nothing to do.", code=2)
    return sheets

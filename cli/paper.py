"""Sends sheets to feedback, waits until scoring has counted them, shows what they add up to."""

import asyncio
import os
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cli.client import Client, Login, RefusedError
from cli.errors import UserError
from cli.sheets import HeaderError, Sheet, Sheets, read_sheets

_CHUNK: Final = 250
_STATUS_CHUNK: Final = 1000
_POLL: Final = 0.25
_SHOWN: Final = 100
_BATCH: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What was asked for on the command line."""

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


@dataclass(frozen=True, slots=True)
class _Place:
    """Ids of what the names on the command line mean, and the tenant's time zone."""

    unit: str
    service: str
    zone: str


async def run(job: Job) -> None:
    """Do the whole import. Raises ``UserError``, ``RefusedError`` or ``SettingMissing``."""
    out = Console(highlight=False)
    if not re.fullmatch(_BATCH, job.batch):
        raise UserError(
            f"--batch {job.batch!r}: use at most 80 letters, digits, dots, dashes, underscores.",
            code=2,
        )
    async with Client(_environment()) as client:
        login = await _login(client, job.tenant)
        place = await _find(login, job)
        sheets = _read(job, place.zone)
        _report_file(out, sheets)
        if sheets.bad and not job.skip_bad_rows:
            raise UserError(
                f"Nothing was sent: correct {_rows(len({bad.line for bad in sheets.bad}))} "
                "listed above, or add --skip-bad-rows."
            )
        if job.dry_run:
            out.print(f"{_rows(len(sheets.good))} can be sent; nothing was sent (dry run).")
            return
        results = await _send(login, job, place=place, sheets=sheets.good)
        _report_results(out, results)
        await _until_counted(login, [row["fact_id"] for row in results], seconds=job.wait)
        await _show_scores(out, login, place=place, periods=_periods(sheets.good, place.zone))
    if any(row["result"] == "conflict" for row in results):
        raise UserError(
            "Some lines hold other answers in this batch, which stay: "
            "use a new batch name for a corrected file, and withdraw the old answers."
        )


def _environment() -> dict[str, str]:
    """All variables; with a token of one's own the issuer is not asked and may be unset."""
    variables = dict(os.environ)
    if variables.get("TERA_TOKEN"):
        variables.setdefault("TERA_OIDC_ISSUER", "")
    for variable in ("REGISTRY_HTTP", "FEEDBACK_HTTP", "SCORING_HTTP", "OIDC_ISSUER"):
        if f"TERA_{variable}" not in variables:
            raise UserError(
                f"TERA_{variable} is not set: start the local stack (make demo), or set the "
                "addresses of the services and TERA_TOKEN."
            )
    return variables


async def _login(client: Client, tenant: str) -> Login:
    if token := os.environ.get("TERA_TOKEN"):
        return Login(client, {"authorization": f"Bearer {token}"})
    try:
        return await client.login("survey_officer", tenant=UUID(tenant))
    except ValueError:
        raise UserError(
            f"--tenant {tenant} is not an id: give the tenant's id, or a token in TERA_TOKEN.",
            code=2,
        ) from None


async def _find(login: Login, job: Job) -> _Place:
    tenant = await login.get("registry", "/v1/tenant")
    if job.tenant.lower() not in {tenant["id"], tenant["slug"]}:
        raise UserError(
            f"The token is for the tenant {tenant['slug']} ({tenant['id']}), "
            f"not for {job.tenant}: correct --tenant or the token."
        )
    return _Place(
        unit=await _id(login, "units", attribute="code", given=job.unit),
        service=await _id(login, "services", attribute="name", given=job.service),
        zone=tenant["zone"],
    )


async def _id(login: Login, kind: str, *, attribute: str, given: str) -> str:
    try:
        found = [await login.get("registry", f"/v1/{kind}/{UUID(given)}")]
    except ValueError:
        found = (await login.get("registry", f"/v1/{kind}", **{attribute: given}))["items"]
    except RefusedError as refusal:
        if refusal.slug != "not-found":
            raise
        found = []
    if len(found) != 1:
        raise UserError(
            f"{given!r} is neither the id nor the {attribute} of exactly one of the tenant's "
            f"{kind}: GET /v1/{kind} of the registry lists them.",
            code=2,
        )
    return str(found[0]["id"])


def _read(job: Job, zone: str) -> Sheets:
    try:
        sheets = read_sheets(job.content, zone=zone, u8=job.u8, day=job.day)
    except HeaderError as error:
        raise UserError(str(error), code=2) from None
    if not sheets.good and not sheets.bad:
        raise UserError("The file has no rows below its header: nothing to do.", code=2)
    return sheets


def _report_file(out: Console, sheets: Sheets) -> None:
    if sheets.ignored:
        names = ", ".join(name or "(without a name)" for name in sheets.ignored)
        out.print(f"Ignored columns: {names}", markup=False)
    for bad in sheets.bad:
        column = f", column {bad.column}" if bad.column else ""
        out.print(f"line {bad.line}{column}: {bad.reason}", markup=False, soft_wrap=True)


async def _send(
    login: Login, job: Job, *, place: _Place, sheets: Sequence[Sheet]
) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = []
    with _progress() as progress:
        bar = progress.add_task("Sending", total=len(sheets))
        for start in range(0, len(sheets), _CHUNK):
            chunk = sheets[start : start + _CHUNK]
            body = {
                "unit_id": place.unit,
                "service_id": place.service,
                "rows": [_row(sheet) for sheet in chunk],
            }
            path = f"/v1/paper-batches/{job.batch}/answers"
            results += (await login.post("feedback", path, body))["rows"]
            progress.advance(bar, len(chunk))
    return results


def _row(sheet: Sheet) -> dict[str, Any]:
    row: dict[str, Any] = {"line": sheet.line, "scores": sheet.scores}
    if sheet.answered_at is not None:
        row["answered_at"] = sheet.answered_at.isoformat()
    elif sheet.day is not None:
        row["day"] = sheet.day.isoformat()
    return row


def _report_results(out: Console, results: Sequence[dict[str, Any]]) -> None:
    counts = Counter(row["result"] for row in results)
    out.print(
        f"{counts['new']} new, {counts['known']} known already, {counts['conflict']} in conflict"
    )
    lines = [str(row["line"]) for row in results if row["result"] == "conflict"]
    if lines:
        more = f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
        out.print(f"Lines in conflict: {', '.join(lines[:_SHOWN])}{more}", soft_wrap=True)


async def _until_counted(login: Login, facts: Sequence[str], *, seconds: float) -> None:
    limit = time.monotonic() + seconds
    with _progress() as progress:
        bar = progress.add_task("Counting", total=len(facts))
        for start in range(0, len(facts), _STATUS_CHUNK):
            chunk = facts[start : start + _STATUS_CHUNK]
            while True:
                status = await login.post("scoring", "/v1/facts/status", {"fact_ids": chunk})
                left = status["unknown"] + status["waiting"] + status["stale"]
                progress.update(bar, completed=start + max(0, len(chunk) - left))
                if not left:
                    break
                if time.monotonic() > limit:
                    raise UserError(
                        f"All answers are stored, but scoring has not counted {left} of them after "
                        f"{seconds:.0f} s: see that its worker runs. Importing again is safe."
                    )
                await asyncio.sleep(_POLL)


def _periods(sheets: Sequence[Sheet], zone: str) -> list[str]:
    """The months and quarters that the answers fall into, in the tenant's zone."""
    days = {_day(sheet, zone) for sheet in sheets}
    months = {f"{day:%Y-%m}" for day in days}
    quarters = {f"{day.year}-Q{(day.month + 2) // 3}" for day in days}
    return [*sorted(months), *sorted(quarters)]


def _day(sheet: Sheet, zone: str) -> date:
    if sheet.day is not None:
        return sheet.day
    return (sheet.answered_at or datetime.now(UTC)).astimezone(ZoneInfo(zone)).date()


async def _show_scores(
    out: Console, login: Login, *, place: _Place, periods: Sequence[str]
) -> None:
    table = Table("period", "n", "index", "grade")
    for period in periods:
        try:
            card = await login.get(
                "scoring",
                f"/v1/units/{place.unit}/satisfaction",
                period=period,
                service=place.service,
            )
        except RefusedError as refusal:
            if refusal.slug != "not-found":
                raise
            card = {"answers": 0, "index": None, "grade": None}
        table.add_row(
            period, str(card["answers"]), str(card["index"] or "-"), str(card["grade"] or "-")
        )
    out.print(table)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True))


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"

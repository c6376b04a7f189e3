"""`tera import units`, `people`, `services`, ...: office files, CSV or XLSX, into the registry."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from cli.errors import UserError

if TYPE_CHECKING:
    import httpx
    from rich.progress import Progress

KINDS = (
    "units",
    "people",
    "services",
    "posts",
    "reporting-lines",
    "leaves",
    "holidays",
    "periods",
    "goals",
    "indicators",
    "plans",
    "competences",
    "programmes",
    "enrolments",
    "policies",
)
_LARGEST = 20 * 1024 * 1024
_PHASES = {"read": "Reading", "check": "Checking", "store": "Storing"}

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The file, CSV or XLSX.")]
Tenant = Annotated[UUID, typer.Option(help="The tenant's id.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only check: list every bad row, store nothing.")
]
GoodRows = Annotated[
    bool, typer.Option("--good-rows", help="Store the good rows although others are bad.")
]
BadRows = Annotated[
    Path | None,
    typer.Option(help="Write the bad rows with their reasons here: .xlsx or .csv."),
]
Mapping = Annotated[str | None, typer.Option(help="A saved mapping of columns, by its name.")]
SheetName = Annotated[
    str | None, typer.Option(help="The sheet; the first one with a header without it.")
]


def command(kind: str) -> Callable[..., None]:
    """The command that imports this kind."""

    def run(
        file: File,
        tenant: Tenant,
        *,
        dry_run: DryRun = False,
        good_rows: GoodRows = False,
        bad_rows_file: BadRows = None,
        mapping: Mapping = None,
        sheet: SheetName = None,
    ) -> None:
        asked = {
            "dry_run": dry_run,
            "rows": "good" if good_rows else "all",
            "mapping": mapping,
            "sheet": sheet,
            "keep": bad_rows_file is not None,
            "file_name": file.name[:200],
        }
        _import(kind, file, tenant=tenant, asked=asked, bad_rows=bad_rows_file)

    run.__doc__ = (
        f"Import {kind} from an office file: all rows, or none; safe to repeat.\n\n"
        "The header is found below titles, columns by their usual names; totals, signatures and\n"
        "empty rows are left out. `tera export` and the template show the columns."
    )
    return run


def _import(
    kind: str, file: Path, *, tenant: UUID, asked: dict[str, Any], bad_rows: Path | None
) -> None:
    import httpx

    from cli.registry import check_tenant, registry_client, unreachable
    from shared.settings import Settings

    size = file.stat().st_size
    if size > _LARGEST:
        raise UserError(f"{file} has {size} bytes and {_LARGEST} are accepted: split it.", code=2)
    if bad_rows and bad_rows.suffix not in {".xlsx", ".csv"}:
        raise UserError("--bad-rows-file must end in .xlsx or .csv.", code=2)
    settings = Settings()
    with registry_client(settings, "personnel_officer", tenant=tenant) as client:
        try:
            check_tenant(client, tenant)
            wanted = {name: value for name, value in asked.items() if value is not None}
            if bad_rows:
                report = _import_kept(client, kind, file.read_bytes(), wanted, bad_rows=bad_rows)
            else:
                report = _send(client, kind, file.read_bytes(), wanted)
        except httpx.TransportError as error:
            raise unreachable(settings, error) from error
    _show(kind, report)


def _import_kept(
    client: "httpx.Client", kind: str, content: bytes, asked: dict[str, Any], *, bad_rows: Path
) -> dict[str, Any]:
    """Write the bad rows of a dry run, which keeps the file whatever is wrong with it; then import
    what was kept."""
    from cli.registry import refusal

    checked = _send(client, kind, content, asked | {"dry_run": True})
    kept = f"/v1/imports/files/{checked['file_id']}"
    try:
        if checked["problems"]:
            answer = client.get(f"{kept}/bad-rows", params={"format": bad_rows.suffix[1:]})
            if answer.status_code != 200:
                raise refusal(answer)
            bad_rows.write_bytes(answer.content)
            typer.echo(f"Bad rows written: {bad_rows}")
        if asked["dry_run"]:
            return checked
        return _send(client, kind, None, asked | {"keep": False, "file": checked["file_id"]})
    finally:
        client.delete(kept)


def _send(
    client: "httpx.Client", kind: str, content: bytes | None, asked: dict[str, Any]
) -> dict[str, Any]:
    """The report, while bars show how far each phase is. Raises `UserError`."""
    from cli.registry import refusal

    headers = {"content-type": "application/octet-stream", "accept": "application/x-ndjson"}
    with (
        _bars() as show,
        client.stream(
            "POST", f"/v1/imports/{kind}", params=asked, content=content, headers=headers
        ) as answer,
    ):
        if answer.status_code != 200:
            answer.read()
            raise refusal(answer)
        last: dict[str, Any] = {}
        for line in answer.iter_lines():
            last = json.loads(line)
            if "phase" in last:
                show(last["phase"], last["done"], last["total"])
    if "report" in last:
        report: dict[str, Any] = last["report"]
        return report
    problem = last.get("problem", {"detail": "The answer broke off: nothing was stored."})
    for bad in problem.get("errors", []):
        typer.echo(f"{bad['field']}: {bad['problem']}")
    raise UserError(problem["detail"])


@contextmanager
def _bars() -> Iterator[Callable[[str, int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield _shown(progress)


def _shown(progress: "Progress") -> Callable[[str, int, int], None]:
    bars: dict[str, Any] = {}

    def show(phase: str, done: int, total: int) -> None:
        if phase not in bars:
            bars[phase] = progress.add_task(_PHASES[phase], total=total)
        # Nothing to do is done.
        progress.update(bars[phase], completed=done if total else 1, total=total or 1)

    return show


def _show(kind: str, report: dict[str, Any]) -> None:
    run = report["run"]
    for title in report["ignored_columns"]:
        typer.echo(f"Ignored column: {title}")
    if report["normalised_count"]:
        typer.echo(f"Understood although written differently: {report['normalised_count']} cells")
    if report["skipped_count"]:
        lines = ", ".join(f"{line['line']} ({line['why']})" for line in report["skipped"][:20])
        typer.echo(f"Skipped lines: {lines}{', ...' if report['skipped_count'] > 20 else ''}")
    if report["missing"]["count"]:
        typer.echo(f"Stored and not in the file, left as they are: {report['missing']['count']}")
        for name in report["missing"]["items"]:
            typer.echo(f"  {name}")
    for bad in report["problems"]:
        place = f"sheet {bad['sheet']}, " if bad["sheet"] else ""
        column = f", {bad['column']}" if bad["column"] else ""
        typer.echo(f"{place}line {bad['line']}{column}: {bad['reason']}")
    counts = ", ".join(f"{report[name]} {name}" for name in ("created", "changed", "unchanged"))
    further = "".join(f", {count} {what} begun" for what, count in report["further"].items())
    stored = " (dry run: nothing was stored)" if run["dry_run"] else ""
    if report["problems"]:
        words = f"{report['bad_rows']} of {report['rows']} rows are bad"
        if run["mode"] == "good" and not run["dry_run"]:
            raise UserError(f"{words} and were left out; of the others: {counts}{further}.")
        raise UserError(f"{words}; nothing was stored (dry run).")
    typer.echo(f"{report['rows']} {kind}: {counts}{further}{stored}")

"""`tera import units` and `tera import people`: CSV files into the registry."""

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from cli.errors import UserError

_LARGEST = 5 * 1024 * 1024

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The CSV file.")]
Tenant = Annotated[UUID, typer.Option(help="The tenant's id.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only check: list every bad row, store nothing.")
]


def units(file: File, tenant: Tenant, dry_run: DryRun = False) -> None:
    """Import units: code, name, kind, parent's code. All rows or none; safe to repeat.

    Columns are found by their usual names, Indonesian or English (kode, nama, jenis, induk).
    """
    _import("units", file, tenant=tenant, dry_run=dry_run)


def people(file: File, tenant: Tenant, dry_run: DryRun = False) -> None:
    """Import people: NIP or external id, name, kind, unit's code, first day. All rows or none.

    Columns are found by their usual names (nip, nama, jenis, id pegawai, kode unit, tmt), as are
    duties in the unit and contact points (tugas: "kepala;petugas SKM", email, no hp, bahasa). A
    second import of the same file changes nothing.
    """
    _import("people", file, tenant=tenant, dry_run=dry_run)


def _import(what: str, file: Path, *, tenant: UUID, dry_run: bool) -> None:
    import httpx

    from cli.registry import check_tenant, refusal, registry_client, unreachable
    from cli.sending import send_file
    from shared.settings import Settings

    size = file.stat().st_size
    if size > _LARGEST:
        raise UserError(f"{file} has {size} bytes and {_LARGEST} are accepted: split it.", code=2)
    settings = Settings()
    with registry_client(settings, "personnel_officer", tenant=tenant) as client:
        try:
            check_tenant(client, tenant)
            answer = send_file(client, f"/v1/imports/{what}?dry_run={dry_run}", file.read_bytes())
        except httpx.TransportError as error:
            raise unreachable(settings, error) from error
    if answer.status_code == 422 and answer.json()["type"].endswith(":import-refused"):
        problem = answer.json()
        for bad in problem["errors"]:
            typer.echo(f"{bad['field']}: {bad['problem']}")
        raise UserError(problem["detail"])
    if answer.status_code != 200:
        raise refusal(answer)
    _show(what, answer.json())


def _show(what: str, report: dict[str, Any]) -> None:
    for title in report["ignored_columns"]:
        typer.echo(f"Ignored column: {title}")
    for bad in report["problems"]:
        column = f", {bad['column']}" if bad["column"] else ""
        typer.echo(f"line {bad['line']}{column}: {bad['reason']}")
    if report["problems"]:
        lines = len({bad["line"] for bad in report["problems"]})
        raise UserError(f"{lines} of {report['rows']} rows are bad; nothing was stored (dry run).")
    counts = ", ".join(f"{report[name]} {name}" for name in ("created", "changed", "unchanged"))
    begun = f", {report['further']['assignments']} assignments begun" if what == "people" else ""
    stored = " (dry run: nothing was stored)" if report["run"]["dry_run"] else ""
    typer.echo(f"{report['rows']} {what}: {counts}{begun}{stored}")

"""`tera report skm`: the satisfaction report of a unit, as a table or a file."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.errors import UserError

if TYPE_CHECKING:
    from rich.table import Table

app = typer.Typer(help="Reports that an office owes the public.", no_args_is_help=True)


class PageLanguage(StrEnum):
    id = "id"
    en = "en"


@app.callback()
def reports() -> None:
    """Reports that an office owes the public."""


@app.command("skm")
def skm(
    *,
    tenant: Annotated[str, typer.Option(help="The tenant's id (or slug, with TERA_TOKEN).")],
    unit: Annotated[str, typer.Option(help="The unit's id or code.")],
    period: Annotated[str, typer.Option(help="A month or quarter: 2026-11, 2026-Q4.")],
    service: Annotated[
        str | None, typer.Option(help="The service's id or name; all without it.")
    ] = None,
    population: Annotated[
        int | None, typer.Option(min=1, help="How many people used the service (N).")
    ] = None,
    out: Annotated[
        str | None, typer.Option(help="FILE.xlsx, FILE.json, or - for JSON; a table without it.")
    ] = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="Freeze it as the next revision first.")
    ] = False,
    lang: Annotated[PageLanguage, typer.Option(help="Language of the file.")] = PageLanguage.id,
) -> None:
    """The satisfaction report (SKM) as it stands now, or published as the next revision."""
    import asyncio

    if out is not None and out != "-" and Path(out).suffix not in {".xlsx", ".json"}:
        raise UserError(f"--out {out}: the file must end in .xlsx or .json, or be -.", code=2)
    asked = {"period": period, "population": population}
    document, revision = asyncio.run(_fetch(tenant, unit, service, asked, publish=publish))
    if out is None:
        _print(document, revision)
    elif out == "-":
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        _write(Path(out), document, revision, lang)
        typer.echo(f"Written: {out}" + (f" (revision {revision})" if revision else " (draft)"))


async def _fetch(
    tenant: str, unit: str, service: str | None, asked: dict[str, Any], *, publish: bool
) -> tuple[dict[str, Any], int | None]:
    from cli.client import Client
    from cli.paper.access import environment, login_of_officer
    from cli.paper.place import check_tenant, id_of

    async with Client(environment()) as client:
        login = await login_of_officer(client, tenant)
        await check_tenant(login, tenant)
        place = await id_of(login, "units", attribute="code", given=unit)
        only = None
        if service is not None:
            only = await id_of(login, "services", attribute="name", given=service)
        if publish:
            body = asked | {"service_id": only}
            path = f"/v1/units/{place}/satisfaction-reports"
            report = await login.post("scoring", path, body)
            return report["document"], report["revision"]
        path = f"/v1/units/{place}/satisfaction-report"
        draft = await login.get("scoring", path, **asked, service=only)
        return draft["document"], None


def _write(file: Path, document: dict[str, Any], revision: int | None, lang: PageLanguage) -> None:
    from services.portal.reports.workbook import office_file

    if file.suffix == ".json":
        file.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")
    else:
        file.write_bytes(office_file(document, lang.value, revision=revision))


def _print(document: dict[str, Any], revision: int | None) -> None:
    from rich.console import Console

    console = Console()
    stand = f"revision {revision}" if revision else "draft"
    place = " / ".join([document["tenant"]["name"], *document["path"]])
    console.print(f"[bold]{place}[/bold], {document['period']}, {stand}")
    console.print(
        f"Index {document['index'] or '-'}  grade {document['grade'] or '-'}  "
        f"n {document['answers']}  N {document['population'] or '-'}  "
        f"required {document['required'] or '-'}  incomplete {document['incomplete']}"
    )
    console.print(_table(document))
    console.print(f"Lowest: {', '.join(document['lowest'])}")
    console.print(f"Highest: {', '.join(document['highest'])}")


def _table(document: dict[str, Any]) -> "Table":
    from rich.table import Table

    table = Table("element", "n", "sum", "mean", "weighted", "x 25", "grade")
    for line in document["elements"]:
        if line["status"] == "active":
            row = [line[name] for name in ("answers", "total", "mean", "weighted", "index")]
            table.add_row(line["element"], *map(str, row), line["grade"])
        else:
            table.add_row(line["element"], line["status"].replace("_", " "))
    return table

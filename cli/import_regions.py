"""`tera import regions`: the official codes of regions into the registry."""

from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.errors import UserError

Codes = Annotated[
    Path | None,
    typer.Argument(
        exists=True, dir_okay=False, help="The CSV file; without it the list that Tera brings."
    ),
]
Authority = Annotated[
    Literal["kemendagri", "bps"], typer.Option(help="Who gives these codes: they differ.")
]


def regions(file: Codes = None, authority: Authority = "kemendagri") -> None:
    """Import region codes for every tenant: code, name, and valid_from, valid_until where a code
    means something else from a day on. All rows or none; safe to repeat.

    Needs a token of an operator (TERA_TOKEN), or the local issuer.
    """
    if file is not None:
        _import(file, authority)
        return
    if authority != "kemendagri":
        raise UserError("Tera brings the codes of kemendagri only: name a file.", code=2)
    with as_file(files("services.registry.regions") / "data" / "kemendagri.csv") as shipped:
        _import(shipped, authority)


def _import(file: Path, authority: str) -> None:
    import httpx

    from cli.registry import refusal, registry_client, unreachable
    from cli.sending import send_file
    from shared.settings import Settings

    settings = Settings()
    with registry_client(settings, "operator", tenant=None) as client:
        try:
            answer = send_file(client, f"/v1/regions/{authority}", file.read_bytes())
        except httpx.TransportError as error:
            raise unreachable(settings, error) from error
    if answer.status_code == 422:
        problem = answer.json()
        for bad in problem["errors"]:
            typer.echo(f"{bad['field']}: {bad['problem']}")
        raise UserError("Nothing was stored: correct these lines and import the file again.")
    if answer.status_code != 200:
        raise refusal(answer)
    counts = answer.json()
    words = ", ".join(f"{counts[name]} {name}" for name in ("created", "changed", "unchanged"))
    typer.echo(f"{sum(counts.values())} codes of {authority}: {words}")

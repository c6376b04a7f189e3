"""`tera export`: a file of everything of a kind, which `tera import` understands."""

from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from cli.errors import UserError


def export(
    kind: Annotated[str, typer.Argument(help="units, people, services, ...")],
    file: Annotated[Path, typer.Argument(help="Where to write: .xlsx or .csv.")],
    tenant: Annotated[UUID, typer.Option(help="The tenant's id.")],
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="As of this day; today without it."),
    ] = None,
) -> None:
    """Write everything of a kind to a file; importing it again changes nothing."""
    import httpx

    from cli.registry import check_tenant, refusal, registry_client, unreachable
    from shared.settings import Settings

    if file.suffix not in {".xlsx", ".csv"}:
        raise UserError(f"{file}: the file must end in .xlsx or .csv.", code=2)
    settings = Settings()
    asked = {"format": file.suffix[1:]} | ({"on": on.date().isoformat()} if on else {})
    with registry_client(settings, "personnel_officer", tenant=tenant) as client:
        try:
            check_tenant(client, tenant)
            answer = client.get(f"/v1/exports/{kind}", params=asked)
        except httpx.TransportError as error:
            raise unreachable(settings, error) from error
    if answer.status_code != 200:
        raise refusal(answer)
    file.write_bytes(answer.content)
    typer.echo(f"Written: {file}")

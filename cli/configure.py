"""`tera configure`: policies, indicators, goals and periods of a place, from one file."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from cli.configurations import read_configuration
from cli.errors import UserError

if TYPE_CHECKING:
    import httpx

_PATH = "/v1/configurations"
_KINDS = {"satisfaction_policy": "survey policy"}
_OUTCOMES = ("created", "changed", "unchanged")


def configure(
    document: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A TOML file, or an example: andir, arcamanik, kotabumi, salatiga, tebingtinggi.",
        ),
    ],
    tenant: Annotated[UUID, typer.Option(help="The tenant's id.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would change; store nothing.")
    ] = False,
) -> None:
    """Make everything as one file says: all of it or nothing; safe to repeat.

    Units are named by their codes and services by their names. What the file does not name stays
    as it is.
    """
    import httpx

    from cli.registry import check_tenant, refusal, registry_client, unreachable
    from shared.settings import Settings

    settings = Settings()
    with _stages() as say:
        say("Reading")
        body = read_configuration(document)
        say("Signing in")
        with registry_client(settings, "personnel_officer", tenant=tenant) as client:
            try:
                check_tenant(client, tenant)
                say("Checking" if dry_run else "Checking and storing")
                answer = client.post(_PATH, params={"dry_run": dry_run}, json=body)
            except httpx.TransportError as error:
                raise unreachable(settings, error) from error
    if answer.status_code == 422:
        raise _refused(answer)
    if answer.status_code != 200:
        raise refusal(answer)
    _show(answer.json())


@contextmanager
def _stages() -> Iterator[Any]:
    """A bar that moves with each stage; the function says which one begins."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("", total=3)

        def say(stage: str) -> None:
            started = progress.tasks[0].description != ""
            progress.update(bar, description=stage, advance=1 if started else 0)

        yield say
        progress.update(bar, description="Answered", completed=3)


def _refused(answer: "httpx.Response") -> UserError:
    """Each wrong field on a line of its own, before the error itself."""
    problem = answer.json()
    for wrong in problem["errors"]:
        typer.echo(f"{wrong['field']} {wrong['problem']}")
    return UserError(problem["detail"])


def _show(told: dict[str, Any]) -> None:
    from rich.markup import escape

    from cli.consumer_groups import table_of, wide_console

    differing = [change for change in told["changes"] if change["outcome"] != "unchanged"]
    if differing:
        table = table_of("what", "name", "outcome")
        for change in differing:
            kind = _KINDS.get(change["kind"], change["kind"])
            table.add_row(kind, escape(change["name"]), change["outcome"])
        wide_console().print(table)
    counts = Counter(change["outcome"] for change in told["changes"])
    said = ", ".join(f"{counts[outcome]} {outcome}" for outcome in _OUTCOMES)
    stored = " (dry run: nothing was stored)" if told["dry_run"] else ""
    typer.echo(f"{told['name']}: {said}{stored}")

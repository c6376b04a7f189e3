"""The two commands."""

from pathlib import Path
from typing import Annotated

import typer

Jobs = Annotated[int, typer.Option(min=1, max=64, help="Tables of a database at the same time.")]


def backup(
    folder: Annotated[Path, typer.Argument(help="A new folder; it appears when it is complete.")],
    jobs: Jobs = 2,
) -> None:
    """Save the databases of all services, while they are in use.

    Uses the owner logins, pg_dump, and Kafka for the positions of the consumers.
    """
    from cli.backup.saving import save

    manifest = save(folder, jobs=jobs)
    size = sum(file.bytes for file in manifest.files.values()) / 1e6
    seconds = (manifest.finished_at - manifest.began_at).total_seconds()
    typer.echo(f"{folder}: {len(manifest.databases)} databases, {size:.1f} MB in {seconds:.0f} s")
    if manifest.positions is None:
        typer.echo(
            "Kafka did not answer, so the positions of the consumers are not in it: a restore will "
            "read all topics again from the beginning."
        )


def restore(
    folder: Annotated[Path, typer.Argument(help="What `tera backup` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Drop what is in the databases now.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before dropping.")] = False,
    jobs: Jobs = 2,
) -> None:
    """Bring a backup back, and all that hangs on it; the services must not run.

    Databases, newer migrations, the positions of the consumers, and what was published after the
    backup. docs/restore.md says what comes back and what is lost.
    """
    from cli.backup.restoring import Restore

    restoring = Restore(folder, replace=replace, jobs=jobs)
    if full := restoring.check():
        tables = ", ".join(f"{service} ({count} tables)" for service, count in full.items())
        typer.echo(f"Everything in these databases will be dropped: {tables}.")
        if not yes and not typer.confirm("Go on?"):
            raise typer.Exit(1)
    restoring.load()
    typer.echo(f"Databases are as of {restoring.manifest.began_at:%Y-%m-%d %H:%M:%S %Z}.")
    for sentence in [*restoring.rewind(), *restoring.catch_up()]:
        typer.echo(sentence)
    typer.echo("Start the services now; `tera consumers lag` shows how they read again.")

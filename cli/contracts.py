"""`tera contracts`: are today's events what was released?"""

import typer

app = typer.Typer(help="Compare the events with their frozen schemas.", no_args_is_help=True)


@app.command()
def check() -> None:
    """Fail where an event differs from its frozen schema, naming the side to deploy first."""
    from shared.contracts import frozen_schemas

    findings = frozen_schemas.findings()
    for finding in findings:
        typer.echo(finding, err=True)
    if findings:
        raise typer.Exit(1)
    typer.echo("All events are what was released.")


@app.command()
def freeze() -> None:
    """Make today's schemas the released ones. Do it in the change that is released."""
    from shared.contracts import frozen_schemas

    for name in frozen_schemas.freeze():
        typer.echo(f"frozen: {name}")

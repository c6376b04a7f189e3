"""`tera import`: files of a city's own."""

import typer

from cli import import_answers, import_regions, import_registry

app = typer.Typer(help="Take over a city's own files.", no_args_is_help=True)

app.command("answers")(import_answers.answers)
for kind in import_registry.KINDS:
    app.command(kind)(import_registry.command(kind))
app.command("regions")(import_regions.regions)

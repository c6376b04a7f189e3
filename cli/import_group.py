"""`tera import`: files of a city's own."""

import typer

from cli import import_answers, import_regions, import_registry

app = typer.Typer(help="Take over a city's own files.", no_args_is_help=True)

app.command("answers")(import_answers.answers)
app.command("units")(import_registry.units)
app.command("people")(import_registry.people)
app.command("regions")(import_regions.regions)

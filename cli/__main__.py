"""`python -m cli`: the same as `tera`."""

from cli.main import app

app()

"""`tera`: one command for every chore. This file only lists them; each lives in a file of its own.

Command files import what they need inside the command, so that `tera --help` stays fast.
"""

import typer

from cli import (
    addresses,
    configure,
    consumers,
    contracts,
    dead_letters,
    export,
    import_group,
    migrate,
    replicas,
    report,
    serve,
    tenant,
    token,
    topics,
)
from cli.backup import command as backup
from cli.demo import command as demo
from cli.doctor import command as doctor
from cli.errors import OneLineErrors

app = typer.Typer(
    name="tera",
    help="Tera measures public service: every answer becomes an explained score.",
    cls=OneLineErrors,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

app.command("serve")(serve.serve)
app.command("token")(token.token)
app.command("demo")(demo.demo)
app.command("configure")(configure.configure)
app.command("addresses")(addresses.addresses)
app.command("provision")(migrate.provision)
app.command("migrate")(migrate.migrate)
app.command("doctor")(doctor.doctor)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.add_typer(contracts.app, name="contracts")
app.add_typer(tenant.app, name="tenant")
app.add_typer(import_group.app, name="import")
app.command("export")(export.export)
app.add_typer(report.app, name="report")
app.add_typer(topics.app, name="topics")
app.add_typer(consumers.app, name="consumers")
app.add_typer(replicas.app, name="replicas")
app.add_typer(dead_letters.app, name="dead-letters")

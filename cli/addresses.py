"""`tera addresses`: where the services of the running stack answer, for a shell."""

import os
import shlex
from typing import Final

import typer

from cli.errors import UserError

_SHOWN: Final = ("TERA_KAFKA_BOOTSTRAP", "TERA_OIDC_ISSUER")


def addresses() -> None:
    """Print addresses as shell variables: eval "$(tera addresses)". No secret is among them."""
    known = [name for name in sorted(os.environ) if name.startswith("TERA_")]
    shown = [name for name in known if name.endswith("_HTTP") or name in _SHOWN]
    if not shown:
        raise UserError(
            "No local stack runs in this folder: start one with `tera demo`, or name its folder in "
            "TERA_HOME."
        )
    for name in shown:
        typer.echo(f"export {name}={shlex.quote(os.environ[name])}")

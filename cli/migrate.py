"""`tera provision` and `tera migrate`: databases, logins, tables. Commands, never start-up."""

import asyncio
import os
from typing import Annotated

import typer

from services import SERVICES

Services = Annotated[
    list[str] | None, typer.Argument(help="Only these services; all when none is named.")
]


def provision(services: Services = None) -> None:
    """Create each service's database and three logins, with the superuser of TERA_ADMIN_URL."""
    from shared.db.provision import LOGINS
    from shared.db.provision import provision as provision_database
    from shared.settings import SettingMissing, database_url

    admin_url = os.environ.get("TERA_ADMIN_URL")
    if not admin_url:
        raise SettingMissing("TERA_ADMIN_URL", "a superuser's address, as postgresql://...")
    for service in services or SERVICES:
        urls = {login: database_url(service, login) for login in LOGINS}
        asyncio.run(provision_database(admin_url, service, urls))
        typer.echo(f"{service}: database and logins are ready")


def migrate(services: Services = None) -> None:
    """Bring each service's tables to the newest version, with its owner login."""
    from shared.db.migrate import upgrade
    from shared.settings import Login, database_url

    for service in services or SERVICES:
        asyncio.run(upgrade(service, database_url(service, Login.owner)))
        typer.echo(f"{service}: tables are up to date")

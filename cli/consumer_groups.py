"""What the commands about consumers share: the definitions of each service, by name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cli.errors import UserError
from services import SERVICES

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from shared.db import Pool
    from shared.messaging.consumer import Consumer
    from shared.settings import Settings


def chosen(service: str | None) -> list[str]:
    """One service, or all. Raises ``UserError`` for one that does not exist."""
    if service is None:
        return list(SERVICES)
    if service not in SERVICES:
        raise UserError(f"there is no service {service}: {', '.join(SERVICES)}", code=2)
    return [service]


@asynccontextmanager
async def worker_pool(service: str) -> "AsyncIterator[Pool]":
    """A small pool on the service's worker login."""
    from shared.db import open_pool
    from shared.settings import Login, database_url

    pool = await open_pool(database_url(service, Login.worker), max_size=2)
    try:
        yield pool
    finally:
        await pool.close()


def definitions(service: str, settings: "Settings", pool: "Pool") -> "list[Consumer[Any]]":
    """What `services/<name>/app.py` says it reads; nothing where it has no such function."""
    define = getattr(import_module(f"services.{service}.app"), "consumers", None)
    return define(settings, pool) if define else []


def table_of(*columns: str) -> "Table":
    """A table without lines, in which nothing is cut off."""
    from rich.table import Column, Table

    return Table(*(Column(column, overflow="fold") for column in columns), box=None)


def wide_console() -> "Console":
    """As wide as the terminal; wide enough for every row where the output goes elsewhere."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = 250
    return console

"""What the commands about consumers share: the definitions of each service, by name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cli.errors import UserError
from services import SERVICES

if TYPE_CHECKING:
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

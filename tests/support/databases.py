"""A fresh database per test and service, cloned from a template that was migrated once."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest_asyncio

from devstack.stack import Stack
from shared.db.migrate import upgrade
from shared.db.provision import LOGINS, provision


def _on_database(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


@dataclass(frozen=True)
class Database:
    """One service's database of one test."""

    service: str
    owner: str
    api: str
    worker: str

    def environment(self) -> dict[str, str]:
        return {
            f"TERA_{self.service.upper()}_{login.upper()}_URL": getattr(self, login)
            for login in LOGINS
        }


class Templates:
    """Migrated databases that nobody connects to; each test gets clones."""

    def __init__(self, admin_url: str, environment: Mapping[str, str]) -> None:
        self.admin_url = admin_url
        self.environment = environment
        self._made: dict[str, str] = {}

    def urls(self, service: str, database: str) -> dict[str, str]:
        return {
            login: _on_database(
                self.environment[f"TERA_{service.upper()}_{login.upper()}_URL"], database
            )
            for login in LOGINS
        }

    async def template(self, service: str) -> str:
        if service not in self._made:
            name = f"template_{service}_{uuid4().hex[:8]}"
            urls = self.urls(service, name)
            await provision(self.admin_url, service, urls)
            await upgrade(service, urls["owner"])
            self._made[service] = name
        return self._made[service]

    @asynccontextmanager
    async def clone(self, service: str) -> AsyncIterator[Database]:
        template = await self.template(service)
        name = f"test_{service}_{uuid4().hex[:12]}"
        # Copying files takes a third of the time that logging every page does.
        await self.admin(f'create database "{name}" template "{template}" strategy file_copy')
        await self.admin(f'alter database "{name}" owner to "tera_{service}_owner"')
        try:
            yield Database(service, **self.urls(service, name))
        finally:
            await self.admin(f'drop database if exists "{name}" with (force)')

    async def drop(self) -> None:
        for name in self._made.values():
            await self.admin(f'drop database if exists "{name}" with (force)')

    async def admin(self, statement: str) -> None:
        connection = await asyncpg.connect(self.admin_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@pytest_asyncio.fixture(scope="session")
async def templates(stack: Stack) -> AsyncIterator[Templates]:
    made = Templates(stack.environment["TERA_ADMIN_URL"], stack.environment)
    yield made
    await made.drop()


def _database_fixture(service: str) -> Callable[..., Any]:
    @pytest_asyncio.fixture(name=f"{service}_database")
    async def database(templates: Templates) -> AsyncIterator[Database]:
        async with templates.clone(service) as clone:
            yield clone

    return database


registry_database = _database_fixture("registry")
feedback_database = _database_fixture("feedback")
scoring_database = _database_fixture("scoring")
notification_database = _database_fixture("notification")

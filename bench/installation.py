"""Tera on this machine, as `tera demo` starts it: devstack, migrated databases, topics, services.

The databases of the baselines stand on the same PostgreSQL and are migrated the same way.
"""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from devstack.apache_jars import java
from devstack.stack import Stack
from devstack.system import Part, System
from services import SERVICES
from shared.contracts import TOPICS
from shared.db.migrate import upgrade
from shared.db.provision import LOGINS, provision
from shared.messaging.topics import create_topics

API_OF_FEEDBACK = Part("feedback", "api")
WORKER_OF_FEEDBACK = Part("feedback", "worker")
WORKER_OF_SCORING = Part("scoring", "worker")


class Failed(Exception):  # noqa: N818 - a sentence for the reader of the table
    """A measurement cannot be trusted: something was lost, doubled or not durable."""


@dataclass(frozen=True)
class Installation:
    """A running devstack with migrated databases; no service of it is started yet."""

    stack: Stack
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return self.stack.environment

    @property
    def bootstrap(self) -> str:
        return self.environment["TERA_KAFKA_BOOTSTRAP"]

    def url(self, service: str, login: str) -> str:
        return self.environment[f"TERA_{service.upper()}_{login.upper()}_URL"]

    def system(self, *parts: Part, topic_prefix: str = "") -> System:
        """Processes as in production, not started yet; all of them when none is named."""
        environment = self.environment | {"TERA_TOPIC_PREFIX": topic_prefix}
        return System(environment, self.folder, **({"parts": parts} if parts else {}))

    async def baseline_database(self, service: str, variant: str) -> str:
        """An empty database with the tables of a service; the URL of its worker login."""
        name = f"/bench_{service}_{variant}"
        urls = {
            login: urlunsplit(urlsplit(self.url(service, login))._replace(path=name))
            for login in LOGINS
        }
        await _prepare(self.environment["TERA_ADMIN_URL"], service, urls)
        return urls["worker"]


@asynccontextmanager
async def installation(folder: Path) -> AsyncIterator[Installation]:
    """Set all up in an empty `folder`; end it, and remove the folder where nothing went wrong."""
    shutil.rmtree(folder, ignore_errors=True)
    with Stack(folder) as stack:
        made = Installation(stack, folder)
        for service in SERVICES:
            urls = {login: made.url(service, login) for login in LOGINS}
            await _prepare(made.environment["TERA_ADMIN_URL"], service, urls)
        await create_topics(made.bootstrap, TOPICS.values())
        await _check_durability(made.environment["TERA_ADMIN_URL"])
        yield made
    shutil.rmtree(folder, ignore_errors=True)


def choose_broker() -> str:
    """Name Apache Kafka where it can run and BROKER does not say otherwise; what was chosen.

    noida-db writes its whole log again every second: beside it there is less of the machine left.
    """
    can_fetch = shutil.which("mvn") or find_spec("jgo")
    if not os.environ.get("BROKER") and can_fetch:
        with suppress(RuntimeError):
            java()
            os.environ["BROKER"] = "apache"
    return os.environ.get("BROKER") or "noida"


def default_folder() -> Path:
    """A folder beside the demo's, so on the disk whose speed matters."""
    return Path(os.environ.get("TERA_HOME") or ".tera") / "bench"


async def _prepare(admin_url: str, service: str, urls: dict[str, str]) -> None:
    await provision(admin_url, service, urls)
    await upgrade(service, urls["owner"])


async def _check_durability(admin_url: str) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            value = await connection.fetchval("select current_setting($1)", setting)
            if value != "on":
                raise Failed(f"PostgreSQL runs with {setting}={value}: nothing here is durable")
    finally:
        await connection.close()

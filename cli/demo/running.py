"""Starts the devstack and every service of it as its own process, and ends all of them."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cli.demo.interrupts import run
from cli.demo.stages import Stages
from devstack.signals import undisturbed
from devstack.stack import Stack
from devstack.state import write_state
from devstack.system import System
from services import SERVICES
from shared.contracts import TOPICS
from shared.db.migrate import upgrade
from shared.db.provision import LOGINS, provision
from shared.messaging.topics import create_topics


@contextmanager
def running(home: Path, stages: Stages) -> Iterator[tuple[Stack, System]]:
    """Everything of the data folder `home`; it ends with the block, however that is left."""
    _log_into(home / "logs")
    stack = Stack(home)
    with ExitStack() as ends:
        with stages.stage(f"PostgreSQL, Kafka broker, token issuer and mail catcher in {home}"):
            ends.enter_context(stack)
        with stages.stage("databases, tables and topics"):
            run(_prepare(stack.environment))
        system = System(stack.environment, stack.folder)
        ends.callback(_stop, system)
        with stages.stage(f"services, {len(system.parts)} processes"):
            system.start()
        # So that `tera` in another terminal finds the services, too.
        write_state(stack.folder, system.environment)
        yield stack, system


def _log_into(folder: Path) -> None:
    """What libraries complain of when Ctrl-C takes their connections away is not for the screen."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.mkdir(exist_ok=True)
    logging.basicConfig(filename=folder / "demo.log", level=logging.WARNING)


async def _prepare(environment: Mapping[str, str]) -> None:
    for service in SERVICES:
        urls = {login: environment[f"TERA_{service}_{login}_URL".upper()] for login in LOGINS}
        await provision(environment["TERA_ADMIN_URL"], service, urls)
        await upgrade(service, urls["owner"])
    await create_topics(
        environment["TERA_KAFKA_BOOTSTRAP"],
        TOPICS.values(),
        prefix=environment.get("TERA_TOPIC_PREFIX", ""),
    )


def _stop(system: System) -> None:
    with undisturbed():
        system.stop()

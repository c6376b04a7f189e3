"""A whole installation of a test's own: databases, topics, processes, and people who use it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from cli.client import Client, Login
from devstack.system import PARTS, Part, System
from services import SERVICES
from shared.contracts import TOPICS, Topic
from shared.messaging.positions import positions
from shared.messaging.topics import create_topics
from tests.support.databases import Database, Templates
from tests.support.load import Desk
from tests.support.topic import Raw, produce

PARTITIONS = 8


@dataclass(frozen=True)
class Office:
    """A unit that gives a service, with a counter's code, in a tenant of its own."""

    tenant: UUID
    unit: UUID
    service: UUID
    desk: Desk
    administrator: Login

    async def card(self, period: str, **params: Any) -> dict[str, Any]:
        """What scoring shows of the unit."""
        path = f"/v1/units/{self.unit}/satisfaction"
        shown: dict[str, Any] = await self.administrator.get(
            "scoring", path, period=period, **params
        )
        return shown

    async def head(self) -> UUID:
        """Register somebody who heads the unit and cares for its surveys."""
        person = await self.administrator.post(
            "registry", "/v1/people", {"name": "Kepala", "kind": "non_asn"}
        )
        duties = ["head", "survey_officer"]
        duty = {"unit_id": str(self.unit), "valid_from": "2020-01-01", "duties": duties}
        await self.administrator.post("registry", f"/v1/people/{person['id']}/assignments", duty)
        return UUID(person["id"])


async def open_office(client: Client, slug: str = "kota") -> Office:
    """Register a tenant with one unit and one service, and get a counter's code."""
    slug = f"{slug}-{uuid4().hex[:8]}"
    operator = await client.login("operator")
    tenant = await operator.post(
        "registry", "/v1/tenants", {"slug": slug, "name": slug, "zone": "Asia/Jakarta"}
    )
    administrator = await client.login(
        "tenant_administrator", "survey_officer", tenant=UUID(tenant["id"])
    )
    unit = await administrator.post(
        "registry", "/v1/units", {"code": "U1", "name": "Loket", "kind": "upt"}
    )
    service = await administrator.post("registry", "/v1/services", {"name": "KTP-el"})
    counter = await administrator.post(
        "feedback", "/v1/counters", {"unit_id": unit["id"], "service_id": service["id"]}
    )
    url = client.address("feedback", counter["answer_path"])
    return Office(
        UUID(tenant["id"]),
        UUID(unit["id"]),
        UUID(service["id"]),
        Desk(UUID(tenant["id"]), url, counter["code"]),
        administrator,
    )


@dataclass(frozen=True)
class Installation:
    """``system`` holds the processes; ``client`` speaks to them."""

    environment: Mapping[str, str]
    databases: Mapping[str, Database]
    system: System
    client: Client
    prefix: str

    async def office(self, slug: str = "kota") -> Office:
        """See `open_office`."""
        return await open_office(self.client, slug)

    async def rows(self, service: str, query: str, *arguments: object) -> list[asyncpg.Record]:
        """Rows of a service's database, as its worker login sees them."""
        connection = await asyncpg.connect(self.databases[service].worker)
        try:
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()

    async def value(self, service: str, query: str, *arguments: object) -> Any:
        """The first value of the first row."""
        return (await self.rows(service, query, *arguments))[0][0]

    async def as_api(self, service: str, query: str, *, tenant: UUID | None = None) -> Any:
        """One value on the api login, with this tenant set, or none."""
        connection = await asyncpg.connect(self.databases[service].api)
        try:
            async with connection.transaction():
                if tenant is not None:
                    setting = "select set_config('tera.tenants', $1, true)"
                    await connection.execute(setting, str(tenant))
                return await connection.fetchval(query)
        finally:
            await connection.close()

    async def produce(self, topic: Topic, records: Sequence[Raw]) -> None:
        """Write records to a topic of this installation."""
        bootstrap = self.environment["TERA_KAFKA_BOOTSTRAP"]
        await produce(bootstrap, self.prefix + topic.name, records)

    async def lag(self, service: str, topic: Topic) -> int:
        """Records of a topic that a service has not committed."""
        group = f"{self.prefix}{service}-{topic.name}"
        bootstrap = self.environment["TERA_KAFKA_BOOTSTRAP"]
        found = await positions(bootstrap, group=group, topic=self.prefix + topic.name)
        return sum(position.lag for position in found)


@asynccontextmanager
async def installation(
    templates: Templates,
    folder: Path,
    *,
    parts: tuple[Part, ...] = PARTS,
    start: bool = True,
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[Installation]:
    """Fresh databases, topics under a prefix of their own, and the processes ``parts``, which get
    ``settings`` as well."""
    prefix = f"t{uuid4().hex[:8]}."
    async with AsyncExitStack() as stack:
        databases = {
            service: await stack.enter_async_context(templates.clone(service))
            for service in SERVICES
        }
        environment = dict(templates.environment) | {"TERA_TOPIC_PREFIX": prefix}
        for database in databases.values():
            environment |= database.environment()
        environment |= settings or {}
        await create_topics(
            environment["TERA_KAFKA_BOOTSTRAP"],
            TOPICS.values(),
            prefix=prefix,
            partitions=PARTITIONS,
        )
        system = System(environment, folder, parts=parts)
        stack.callback(system.stop)
        client = await stack.enter_async_context(Client(system.environment))
        if start:
            system.start()
        yield Installation(system.environment, databases, system, client, prefix)

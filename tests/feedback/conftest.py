"""A served feedback api on a database of its own, with two tenants in its replica."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio

from devstack.stack import Stack
from devstack.tokens import mint
from services.feedback.app import build_api
from services.feedback.registry_replica.consumers import on_registry_changes
from shared.contracts import (
    PersonChanged,
    PersonKind,
    ServiceChanged,
    SurveyAnswered,
    TenantChanged,
    UnitChanged,
)
from shared.settings import Settings
from tests.shared.serving import serving
from tests.support.databases import Database

MARKS = {
    "persyaratan": 3,
    "prosedur": 4,
    "waktu": 2,
    "biaya": 4,
    "produk": 3,
    "kompetensi": 3,
    "perilaku": 4,
    "pengaduan": 3,
    "sarana": 1,
}


@dataclass
class Tenant:
    """A tenant of the replica: two units, one service, one officer."""

    slug: str
    zone: str = "Asia/Jakarta"
    id: UUID = field(default_factory=uuid4)
    unit: UUID = field(default_factory=uuid4)
    other_unit: UUID = field(default_factory=uuid4)
    service: UUID = field(default_factory=uuid4)
    officer: UUID = field(default_factory=uuid4)

    def changes(self) -> list[Any]:
        return [
            TenantChanged(
                tenant_id=self.id,
                id=self.id,
                version=1,
                slug=self.slug,
                name=self.slug,
                zone=self.zone,
            ),
            *(
                UnitChanged(
                    tenant_id=self.id, id=unit, version=1, name="Loket", unit_kind="kecamatan"
                )
                for unit in (self.unit, self.other_unit)
            ),
            ServiceChanged(tenant_id=self.id, id=self.service, version=1, name="KTP"),
            PersonChanged(
                tenant_id=self.id,
                id=self.officer,
                version=1,
                person_kind=PersonKind.CIVIL_SERVANT,
            ),
        ]


Mint = Callable[..., str]


class Feedback:
    """The api over HTTP, and its database seen from behind."""

    def __init__(self, http: httpx.AsyncClient, database: Database, token: Mint) -> None:
        self.http = http
        self.database = database
        self.token = token
        self.ours = Tenant("salatiga")
        self.theirs = Tenant("bandung", zone="Asia/Makassar")

    def headers(self, *roles: str, tenant: Tenant | None = None) -> dict[str, str]:
        """Authorization with these roles; survey officer of our tenant unless told otherwise."""
        token = self.token((tenant or self.ours).id, roles or ("survey_officer",))
        return {"authorization": f"Bearer {token}"}

    async def post(self, path: str, body: Any = None, **kwargs: Any) -> httpx.Response:
        headers = kwargs.pop("headers", None) or self.headers(*kwargs.pop("roles", ()))
        return await self.http.post(path, json=body, headers=headers)

    async def answer(
        self, body: dict[str, Any], *, key: str | None = None, tenant: Tenant | None = None
    ) -> httpx.Response:
        """The citizen's public route."""
        headers = {"idempotency-key": key} if key else {}
        path = f"/v1/tenants/{(tenant or self.ours).id}/answers"
        return await self.http.post(path, json=body, headers=headers)

    async def visit(self, tenant: Tenant | None = None, **changes: Any) -> dict[str, Any]:
        """A new visit, with its answer token."""
        tenant = tenant or self.ours
        body = {
            "ticket": "A-017",
            "unit_id": str(tenant.unit),
            "service_id": str(tenant.service),
            "officer_id": str(tenant.officer),
        } | changes
        headers = self.headers("integration_client", tenant=tenant)
        response = await self.post("/v1/visits", body, headers=headers)
        assert response.status_code == 201, response.text
        created: dict[str, Any] = response.json()
        return created

    async def counter(self, tenant: Tenant | None = None) -> dict[str, Any]:
        """A new counter, with its code."""
        tenant = tenant or self.ours
        response = await self.post(
            "/v1/counters",
            {"unit_id": str(tenant.unit), "service_id": str(tenant.service)},
            headers=self.headers(tenant=tenant),
        )
        assert response.status_code == 201, response.text
        created: dict[str, Any] = response.json()
        return created

    async def rows(self, query: str, *values: Any) -> list[asyncpg.Record]:
        """What the worker login sees: everything."""
        connection = await asyncpg.connect(self.database.worker)
        try:
            rows: list[asyncpg.Record] = await connection.fetch(query, *values)
            return rows
        finally:
            await connection.close()

    async def as_owner(self, statement: str, *values: Any) -> None:
        connection = await asyncpg.connect(self.database.owner)
        try:
            await connection.execute(statement, *values)
        finally:
            await connection.close()

    async def count(self) -> int:
        """How many answers are stored; each has exactly one outbox row per revision."""
        [row] = await self.rows(
            "select count(*) n, coalesce(sum(revision), 0) r, "
            "(select count(*) from outbox) told from answers"
        )
        assert row["r"] == row["told"]
        return int(row["n"])

    async def events(self) -> list[SurveyAnswered]:
        """What the outbox tells, in order."""
        rows = await self.rows("select body from outbox order by id")
        return [SurveyAnswered.model_validate_json(row["body"]) for row in rows]

    async def seed(self) -> None:
        connection = await asyncpg.connect(self.database.worker)
        try:
            async with connection.transaction():
                await on_registry_changes(
                    connection, [*self.ours.changes(), *self.theirs.changes()]
                )
        finally:
            await connection.close()


@pytest.fixture
def settings(
    stack: Stack, feedback_database: Database, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Settings of the test's own database, with a Kafka address at which nobody listens."""
    for variable, value in feedback_database.environment().items():
        monkeypatch.setenv(variable, value)
    return Settings(
        oidc_issuer=stack.environment["TERA_OIDC_ISSUER"], kafka_bootstrap="127.0.0.1:9"
    )


@pytest.fixture(scope="session")
def token(stack: Stack) -> Mint:
    """Makes bearer tokens: ``token(tenant_id, roles, **claims)``."""

    def make(tenant: UUID, roles: tuple[str, ...], **claims: Any) -> str:
        now = int(time.time())
        return mint(
            stack.issuer_key,
            {
                "iss": stack.environment["TERA_OIDC_ISSUER"],
                "aud": "tera",
                "sub": "somebody",
                "iat": now,
                "exp": now + 600,
                "tenant": str(tenant),
                "roles": list(roles),
            }
            | claims,
        )

    return make


@asynccontextmanager
async def serve_feedback(
    settings: Settings, database: Database, token: Mint
) -> AsyncIterator[Feedback]:
    app = build_api(settings)
    limits = httpx.Limits(max_connections=100)
    async with (
        serving(app) as url,
        httpx.AsyncClient(base_url=url, timeout=30, limits=limits) as http,
    ):
        yield Feedback(http, database, token)


@pytest_asyncio.fixture
async def feedback(
    settings: Settings, feedback_database: Database, token: Mint
) -> AsyncIterator[Feedback]:
    async with serve_feedback(settings, feedback_database, token) as served:
        await served.seed()
        yield served


def slug(response: httpx.Response) -> str:
    """The stable slug of a problem, which must say what to do."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    problem = response.json()
    assert problem["detail"].endswith((".", "?")), problem
    kind: str = problem["type"]
    return kind.removeprefix("urn:tera:problem:")

"""A tenant of the registry as its people use it: over HTTP, each with a token of their own."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

Mint = Callable[..., str]
"""`mint(tenant=, roles=, person=)` gives a bearer token."""


KEEPERS = {"personnel_officer", "tenant_administrator", "operator"}
"""Their login is another one than that of everybody else."""


def claims(
    issuer: str, *, tenant: UUID | None, roles: Sequence[str], person: UUID | None = None
) -> dict[str, Any]:
    """The claims of a good token; ids that are None are left out."""
    now = int(time.time())
    named = {"tenant": tenant, "person": person}
    return {
        "iss": issuer,
        "aud": "tera",
        "sub": "tester" if set(roles) & KEEPERS else "employee",
        "iat": now,
        "exp": now + 3600,
        "roles": list(roles),
    } | {name: str(value) for name, value in named.items() if value}


@dataclass(frozen=True)
class Town:
    """One tenant; `keeper` is its personnel officer, `clerk` an employee."""

    id: UUID
    url: str
    mint: Mint
    http: httpx.AsyncClient
    owner: asyncpg.Pool

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        role: str = "personnel_officer",
        person: UUID | None = None,
        headers: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        token = self.mint(tenant=self.id, roles=[role], person=person)
        return await self.http.request(
            method,
            path,
            json=body,
            content=content,
            headers={"authorization": f"Bearer {token}", **(headers or {})},
        )

    async def made(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """What a POST that must succeed created."""
        answer = await self.call("POST", path, body)
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created

    async def unit(self, name: str = "Dinas", **fields: Any) -> UUID:
        return UUID((await self.made("/v1/units", {"name": name, "kind": "opd", **fields}))["id"])

    async def person(self, **fields: Any) -> UUID:
        body = {"name": "Siti", "kind": "non_asn", **fields}
        return UUID((await self.made("/v1/people", body))["id"])

    async def assignment(self, person: UUID, unit: UUID, first: str, **fields: Any) -> UUID:
        body = {"unit_id": str(unit), "valid_from": first, **fields}
        return UUID((await self.made(f"/v1/people/{person}/assignments", body))["id"])

    async def line(self, person: UUID, assessor: UUID, first: str, **fields: Any) -> UUID:
        """The reporting line by which somebody assesses a person from a day on."""
        body = {"assessor_id": str(assessor), "valid_from": first, **fields}
        return UUID((await self.made(f"/v1/people/{person}/reporting-lines", body))["id"])

    async def period(self, kind: str, first: str, end: str) -> UUID:
        """An evaluation period to before `end`, which is the day that it closes on."""
        body = {"kind": kind, "starts_on": first, "ends_on": end, "closes_at": f"{end}T12:00:00Z"}
        return UUID((await self.made("/v1/periods", body))["id"])

    async def outbox(self) -> list[asyncpg.Record]:
        """Everything the tenant announced, in order."""
        rows: list[asyncpg.Record] = await self.owner.fetch(
            "select event_type, subject, key, body from outbox where tenant_id = $1 order by id",
            self.id,
        )
        return rows


def slug() -> str:
    return f"kota-{uuid4().hex[:12]}"

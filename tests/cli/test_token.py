"""`tera token`: what the local issuer gives is what a service accepts."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from starlette.types import ASGIApp, Receive, Scope, Send
from typer.testing import CliRunner

from cli.main import app
from devstack.issuer import issuer_app
from devstack.tokens import new_key
from shared.http.auth import TokenVerifier
from shared.settings import Settings
from tests.shared.serving import serving

SECRET = "not guessed"


@dataclass
class LocalIssuer:
    url: str

    async def ask(self, *arguments: str, **environment: str) -> Any:
        """Run `tera token` in a thread: the issuer answers from this event loop."""
        known = {
            "TERA_OIDC_ISSUER": self.url,
            "TERA_DEV_CLIENT_SECRET": SECRET,
            "TERA_HOME": "nowhere",
        }
        return await asyncio.to_thread(
            CliRunner().invoke, app, ["token", *arguments], env=known | environment
        )


@pytest_asyncio.fixture
async def local() -> AsyncIterator[LocalIssuer]:
    made: list[ASGIApp] = []

    async def later(scope: Scope, receive: Receive, send: Send) -> None:
        await made[0](scope, receive, send)

    async with serving(later, lifespan=False) as url:
        made.append(issuer_app(new_key(), url, SECRET))
        yield LocalIssuer(url)


async def test_the_token_is_accepted(local: LocalIssuer) -> None:
    tenant, person = uuid4(), uuid4()
    result = await local.ask(
        "--role", "employee", "--role", "unit_officer",
        "--tenant", str(tenant), "--person", str(person),
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    verifier = TokenVerifier.from_settings(Settings(oidc_issuer=local.url))
    principal = await verifier.principal(result.stdout.strip())
    assert (principal.tenant_id, principal.person_id) == (tenant, person)
    assert principal.roles == {"employee", "unit_officer"}


async def test_a_wrong_secret(local: LocalIssuer) -> None:
    result = await local.ask("--role", "operator", TERA_DEV_CLIENT_SECRET="guess")
    assert result.exit_code == 1
    assert "gave no token (HTTP 401)" in result.stderr
    assert result.stderr.count("\n") == 1


async def test_nobody_at_the_address(local: LocalIssuer) -> None:
    result = await local.ask("--role", "operator", TERA_OIDC_ISSUER="http://127.0.0.1:1")
    assert result.exit_code == 1
    assert "does not answer as expected" in result.stderr


@pytest.mark.parametrize("role", ["boss", ""])
async def test_an_unknown_role_is_wrong_usage(local: LocalIssuer, role: str) -> None:
    result = await local.ask("--role", role)
    assert result.exit_code == 2
    assert "survey_officer" in result.stderr

"""Whom a bearer token lets in, and what those who stay outside are told."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import uuid4

import httpx
import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import Depends

from shared.http.app import create_app
from shared.http.auth import Claims, Principal, Role, TokenVerifier, require, signed_in
from shared.http.jwks import Jwks
from tests.shared.issuer import Issuer
from tests.support.waiting import eventually


class Clock:
    """Monotonic seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Service:
    """A service with one route for everybody signed in and one for survey officers."""

    def __init__(self, client: httpx.AsyncClient, clock: Clock) -> None:
        self.client = client
        self.clock = clock

    async def get(self, path: str, token: str | None) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"} if token is not None else {}
        return await self.client.get(path, headers=headers)

    async def slug(self, path: str, token: str | None) -> tuple[int, str]:
        response = await self.get(path, token)
        return response.status_code, response.json().get("type", "").removeprefix(
            "urn:tera:problem:"
        )


@pytest_asyncio.fixture
async def service(issuer: Issuer) -> AsyncIterator[Service]:
    clock = Clock()
    verifier = TokenVerifier(
        issuer=issuer.url, audience="tera", claims=Claims(), jwks=Jwks(issuer.url, clock=clock)
    )
    app = create_app(title="Test", service="test", verifier=verifier)

    @app.get("/me")
    async def me(principal: Annotated[Principal, Depends(signed_in)]) -> dict[str, Any]:
        return {
            "subject": principal.subject,
            "tenant": principal.tenant_id,
            "person": principal.person_id,
            "roles": sorted(principal.roles),
        }

    @app.get("/surveys")
    async def surveys(
        principal: Annotated[Principal, Depends(require(Role.survey_officer, Role.unit_officer))],
    ) -> str:
        return str(principal.tenant)

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield Service(client, clock)


async def test_a_good_token_names_the_caller(service: Service, issuer: Issuer) -> None:
    tenant, person = str(uuid4()), str(uuid4())
    token = issuer.token(
        tenant=tenant, person=person, roles=["employee", "assessor", "offline_access"]
    )
    answer = await service.get("/me", token)
    assert answer.status_code == 200
    assert answer.json() == {
        "subject": "somebody",
        "tenant": tenant,
        "person": person,
        "roles": ["assessor", "employee"],
    }


async def test_an_operator_needs_no_tenant(service: Service, issuer: Issuer) -> None:
    answer = await service.get("/me", issuer.token())
    assert answer.json()["tenant"] is None


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_each_allowed_algorithm(service: Service, issuer: Issuer, algorithm: str) -> None:
    token = issuer.token(kid=issuer.add_key(algorithm))
    assert (await service.get("/me", token)).status_code == 200


async def test_without_a_token(service: Service) -> None:
    answer = await service.get("/me", None)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:tera:problem:missing-token"


@pytest.mark.parametrize("header", ["Basic dTpw", "Bearer", "x", ""])
async def test_another_scheme_is_no_token(service: Service, header: str) -> None:
    answer = await service.client.get("/me", headers={"authorization": header})
    assert answer.status_code == 401
    assert "detail" in answer.json()


async def test_an_expired_token_says_so(service: Service, issuer: Issuer) -> None:
    token = issuer.token(exp=int(time.time()) - 60)
    answer = await service.get("/me", token)
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:tera:problem:expired-token")


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another"},
        {"aud": None},
        {"iss": "http://127.0.0.1:1"},
        {"iss": None},
        {"sub": None},
        {"exp": None},
        {"nbf": 4_000_000_000},  # the year 2096; its name must be the same in every process
    ],
    ids=str,
)
async def test_wrong_claims(service: Service, issuer: Issuer, changes: dict[str, Any]) -> None:
    assert await service.slug("/me", issuer.token(**changes)) == (401, "invalid-token")


@pytest.mark.parametrize("token", ["x", "a.b.c", "ä", "eyJhbGciOiJSUzI1NiJ9..", "." * 9_000])
async def test_rubbish(service: Service, token: str) -> None:
    answer = await service.client.get("/me", headers={b"authorization": f"Bearer {token}".encode()})
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:tera:problem:invalid-token")


async def test_the_algorithm_none(service: Service, issuer: Issuer) -> None:
    kid = next(iter(issuer.keys))
    token = jwt.encode(issuer.claims(), "", "none", headers={"kid": kid})
    assert await service.slug("/me", token) == (401, "invalid-token")


@pytest.mark.parametrize("claimed", ["HS256", "RS256"])
async def test_the_public_key_as_hmac_secret(
    service: Service, issuer: Issuer, claimed: str
) -> None:
    kid = issuer.add_key("RS256")
    key = issuer.keys[kid][1]
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = _segment({"alg": claimed, "typ": "JWT", "kid": kid})
    signed = f"{head}.{_segment(issuer.claims())}"
    digest = hmac.digest(public, signed.encode(), hashlib.sha256)
    signature = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert await service.slug("/me", f"{signed}.{signature}") == (401, "invalid-token")


async def test_another_key_under_a_known_id(service: Service, issuer: Issuer) -> None:
    kid = issuer.add_key("RS256")
    stranger = rsa.generate_private_key(65537, 2048)
    token = jwt.encode(issuer.claims(), stranger, "RS256", headers={"kid": kid})
    assert await service.slug("/me", token) == (401, "invalid-token")


async def test_a_rotated_key_is_found(service: Service, issuer: Issuer) -> None:
    assert (await service.get("/me", issuer.token())).status_code == 200
    service.clock.now += 11
    token = issuer.token(kid=issuer.add_key("ES256"))
    assert (await service.get("/me", token)).status_code == 200
    assert issuer.asked == 2


async def test_a_withdrawn_key_stops_working(service: Service, issuer: Issuer) -> None:
    old = next(iter(issuer.keys))
    token = issuer.token(kid=old)
    assert (await service.get("/me", token)).status_code == 200
    issuer.add_key("ES256")
    issuer.drop_key(old)
    service.clock.now += 601

    async def refused() -> bool:
        return await service.slug("/me", token) == (401, "invalid-token")

    assert await eventually(refused)


async def test_unknown_key_ids_do_not_hammer_the_issuer(service: Service, issuer: Issuer) -> None:
    stranger = Issuer(issuer.url)
    tokens = [stranger.token(kid=stranger.add_key("ES256")) for _ in range(20)]
    slugs = await asyncio.gather(*(service.slug("/me", token) for token in tokens))
    assert set(slugs) == {(401, "invalid-token")}
    assert issuer.asked == 1
    service.clock.now += 11
    await asyncio.gather(*(service.slug("/me", token) for token in tokens))
    assert issuer.asked == 2


async def test_known_keys_survive_an_issuer_that_is_down(service: Service, issuer: Issuer) -> None:
    token = issuer.token()
    assert (await service.get("/me", token)).status_code == 200
    issuer.down = True
    service.clock.now += 10_000
    assert (await service.get("/me", token)).status_code == 200
    unknown = issuer.token(kid=issuer.add_key("ES256"))
    assert await service.slug("/me", unknown) == (401, "invalid-token")


async def test_no_keys_at_all_is_not_the_callers_fault(service: Service, issuer: Issuer) -> None:
    issuer.down = True
    answer = await service.get("/me", issuer.token())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    issuer.down = False
    service.clock.now += 11
    assert (await service.get("/me", issuer.token())).status_code == 200


async def test_no_tenant_no_entry(service: Service, issuer: Issuer) -> None:
    token = issuer.token(roles=["survey_officer"])
    assert await service.slug("/me", token) == (403, "no-tenant")


@pytest.mark.parametrize("tenant", ["salatiga", 7, ["x"], {"id": 1}])
async def test_a_tenant_that_is_no_uuid(service: Service, issuer: Issuer, tenant: Any) -> None:
    token = issuer.token(roles=["survey_officer"], tenant=tenant)
    assert await service.slug("/me", token) == (403, "invalid-claim")


async def test_the_needed_roles_are_named(service: Service, issuer: Issuer) -> None:
    answer = await service.get("/surveys", issuer.token(roles=["employee"], tenant=str(uuid4())))
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:tera:problem:forbidden")
    assert "survey_officer or unit_officer" in answer.json()["detail"]


async def test_one_of_the_roles_is_enough(service: Service, issuer: Issuer) -> None:
    tenant = str(uuid4())
    answer = await service.get("/surveys", issuer.token(roles=["unit_officer"], tenant=tenant))
    assert (answer.status_code, answer.json()) == (200, tenant)


@pytest.mark.parametrize("roles", [None, 5, {}, [None, 3], "", []], ids=str)
async def test_odd_roles_are_no_roles(service: Service, issuer: Issuer, roles: Any) -> None:
    token = issuer.token(roles=roles, tenant=str(uuid4()))
    assert await service.slug("/surveys", token) == (403, "forbidden")


async def test_claims_may_be_nested(issuer: Issuer) -> None:
    verifier = TokenVerifier(
        issuer=issuer.url,
        audience="tera",
        claims=Claims(roles="realm_access.roles", tenant="https://tera/tenant"),
        jwks=Jwks(issuer.url),
    )
    tenant = uuid4()
    changes: dict[str, Any] = {
        "realm_access": {"roles": ["employee"]},
        "https://tera/tenant": str(tenant),
    }
    principal = await verifier.principal(issuer.token(roles=None, **changes))
    assert principal.tenant_id == tenant
    assert principal.roles == {"employee"}


def _segment(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()

"""Tokens of the local issuer hold against its own published keys, and nobody else's do."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest

from devstack.issuer_server import Issuer
from devstack.tokens import SigningKey, load_key, mint, new_key
from tests.devstack.running import nothing_left


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    server = Issuer(tmp_path_factory.mktemp("issuer"))
    server.start()
    yield server
    server.stop()
    nothing_left(server.folder)


def request(issuer: Issuer, **form: Any) -> httpx.Response:
    return httpx.post(f"{issuer.url}/token", data={"client_secret": issuer.client_secret, **form})


def verify(issuer: Issuer, token: str) -> dict[str, Any]:
    configuration = httpx.get(f"{issuer.url}/.well-known/openid-configuration").json()
    (key,) = httpx.get(configuration["jwks_uri"]).json()["keys"]
    assert jwt.get_unverified_header(token)["kid"] == key["kid"]
    claims: dict[str, Any] = jwt.decode(
        token, jwt.PyJWK(key), ["ES256"], audience="tera", issuer=configuration["issuer"]
    )
    return claims


def test_a_token_carries_what_was_asked_for(issuer: Issuer) -> None:
    answer = request(
        issuer, tenant="t1", role=["employee", "assessor"], person="p1", subject="s", lifetime="60"
    )
    assert answer.headers["cache-control"] == "no-store"
    claims = verify(issuer, answer.json()["access_token"])
    expected = {"tenant": "t1", "roles": ["employee", "assessor"], "person": "p1", "sub": "s"}
    assert expected.items() <= claims.items()
    assert claims["exp"] - claims["iat"] == 60


def test_a_token_without_tenant_and_person_has_no_such_claims(issuer: Issuer) -> None:
    claims = verify(issuer, request(issuer, role="operator").json()["access_token"])
    assert {"tenant", "person"}.isdisjoint(claims)


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "guessed"}, 401, "invalid_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"lifetime": "0"}, 400, "invalid_request"),
        ({"lifetime": "99999999"}, 400, "invalid_request"),
        ({"roles": "employee"}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_wrong_request_is_refused(
    issuer: Issuer, form: dict[str, str], status: int, error: str
) -> None:
    answer = request(issuer, **form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_minted_tokens_can_be_wrong_on_purpose(issuer: Issuer) -> None:
    def minted(key: SigningKey, expires_in: int) -> str:
        claims = {"iss": issuer.url, "aud": "tera", "sub": "s", "exp": time.time() + expires_in}
        return mint(key, claims)

    ours = load_key(issuer.key_file)
    assert verify(issuer, minted(ours, 60))["sub"] == "s"
    with pytest.raises(jwt.ExpiredSignatureError):
        verify(issuer, minted(ours, -60))
    forged = jwt.encode(
        {"iss": issuer.url, "aud": "tera"},
        new_key().private,
        algorithm="ES256",
        headers={"kid": ours.public_jwk["kid"]},
    )
    with pytest.raises(jwt.InvalidSignatureError):
        verify(issuer, forged)


def test_key_and_secret_survive_a_restart(issuer: Issuer) -> None:
    token, secret = request(issuer).json()["access_token"], issuer.client_secret
    issuer.kill()
    issuer.start()
    assert verify(issuer, token)
    assert issuer.client_secret == secret
    for file in (issuer.key_file, issuer.folder / "client-secret"):
        assert file.stat().st_mode & 0o777 == 0o600

"""Tokens of the local issuer hold against its own published keys, and nobody else's do."""

import base64
import hashlib
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import jwt
import pytest

from devstack.issuer_server import Issuer
from devstack.logins import ReadyLogin, write_logins
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


CALLBACK = "http://127.0.0.1:9/callback"
VERIFIER = "v" * 43


def asked(**changes: str) -> dict[str, str]:
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    return {
        "client_id": "portal",
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid profile",
        "state": "s",
        "nonce": "n",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    } | changes


def secret_of(issuer: Issuer, client: str) -> str:
    return issuer.client_environment()[f"TERA_{client.upper()}_CLIENT_SECRET"]


def code(issuer: Issuer) -> str:
    login = ReadyLogin(name="Siti <S>", tenant="t1", person="p1", roles=("employee",))
    write_logins(issuer.logins_file, [login])
    page = httpx.get(f"{issuer.url}/authorize", params=asked())
    assert "Siti &lt;S&gt;" in page.text
    chosen = httpx.post(f"{issuer.url}/authorize", data=asked(login="0"))
    back = urlsplit(chosen.headers["location"])
    answer = dict(parse_qsl(back.query))
    assert (answer["state"], answer["iss"]) == ("s", issuer.url)
    return answer["code"]


def exchange(issuer: Issuer, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": "portal",
        "client_secret": secret_of(issuer, "portal"),
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    return httpx.post(f"{issuer.url}/token", data=form | changes)


def test_a_code_becomes_tokens_once(issuer: Issuer) -> None:
    given = code(issuer)
    tokens = exchange(issuer, code=given).json()
    claims = verify(issuer, tokens["access_token"])
    expected = {"tenant": "t1", "person": "p1", "roles": ["employee"], "sub": "p1"}
    assert expected.items() <= claims.items()
    identity = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    assert (identity["aud"], identity["nonce"], identity["name"]) == ("portal", "n", "Siti <S>")
    assert exchange(issuer, code=given).json()["error"] == "invalid_grant"
    again = exchange(issuer, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert expected.items() <= verify(issuer, again.json()["access_token"]).items()


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "w" * 43},
        {"redirect_uri": "http://127.0.0.1:9/other"},
        {"grant_type": "refresh_token", "refresh_token": "guessed"},
        {"client_id": "notification"},
        {"client_secret": "guessed"},
        {"grant_type": "client_credentials"},
    ],
)
def test_a_code_is_for_its_client_and_verifier(issuer: Issuer, changes: dict[str, str]) -> None:
    answer = exchange(issuer, **{"code": code(issuer)} | changes)
    assert answer.status_code in {400, 401}
    assert "access_token" not in answer.json()


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "stranger"},
        {"redirect_uri": "https://elsewhere.example/"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
        {"scope": "profile"},
        {"response_type": "token"},
    ],
)
def test_a_wrong_authorization_request_is_refused(issuer: Issuer, changes: dict[str, str]) -> None:
    write_logins(issuer.logins_file, [ReadyLogin(name="Siti", tenant="t1")])
    answer = httpx.post(f"{issuer.url}/authorize", data=asked(login="0", **changes))
    assert answer.status_code == 400


def test_notification_gets_a_token_to_read_contacts_and_nothing_else(issuer: Issuer) -> None:
    answer = httpx.post(
        f"{issuer.url}/token",
        data={"grant_type": "client_credentials"},
        auth=("notification", secret_of(issuer, "notification")),
    )
    claims = verify(issuer, answer.json()["access_token"])
    assert (claims["roles"], "tenant" in claims) == (["contact_reader"], False)

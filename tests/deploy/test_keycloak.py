"""A real Keycloak with the realm of docker-compose.yml: people sign in, services get tokens, and
our APIs take both."""

import base64
import hashlib
import os
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
import pytest_asyncio

from services.registry.app import build_api
from shared.http.auth import Role, TokenVerifier
from shared.settings import Settings
from tests.shared.serving import serving
from tests.support import compose
from tests.support.databases import Templates
from tests.support.keycloak import Keycloak

HOME = os.environ.get("TERA_KEYCLOAK_HOME")
PORTAL = "http://127.0.0.1:8000"
BACK = f"{PORTAL}/sign-in/callback"
PASSWORD = secrets.token_urlsafe(24)

pytestmark = [
    pytest.mark.keycloak,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not HOME, reason="TERA_KEYCLOAK_HOME is not set: make test-keycloak"),
]


@pytest.fixture(scope="module")
def keycloak() -> Iterator[Keycloak]:
    with TemporaryDirectory(prefix="tera-keycloak-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        services = compose.load(compose.secrets(folder / "env"))["services"]
        server = Keycloak(folder, services["keycloak"], portal=PORTAL)
        try:
            server.start(Path(HOME or ""))
            yield server
        finally:
            server.stop()


@pytest_asyncio.fixture(scope="module")
async def registry(keycloak: Keycloak, templates: Templates) -> AsyncIterator[str]:
    """The address of a registry that trusts this Keycloak."""
    async with templates.clone("registry") as database:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TERA_REGISTRY_API_URL", database.api)
            app = build_api(Settings(oidc_issuer=keycloak.issuer))
        async with serving(app) as url:
            yield url


async def _token(keycloak: Keycloak, realm: str = "tera", **form: str) -> str:
    async with httpx.AsyncClient() as http:
        answer = await http.post(
            f"{keycloak.url}/realms/{realm}/protocol/openid-connect/token", data=form
        )
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token


async def _service_token(keycloak: Keycloak, client: str) -> str:
    variable = f"{client.upper().replace('-', '_')}_CLIENT_SECRET"
    return await _token(
        keycloak,
        grant_type="client_credentials",
        client_id=client,
        client_secret=keycloak.environment[variable],
    )


class Administrator:
    """Keycloak's own administrator, over its REST API."""

    def __init__(self, keycloak: Keycloak) -> None:
        self._keycloak = keycloak
        self._http = httpx.AsyncClient(base_url=f"{keycloak.url}/admin/realms/tera")

    async def __aenter__(self) -> "Administrator":
        token = await _token(
            self._keycloak,
            "master",
            grant_type="password",
            client_id="admin-cli",
            username=self._keycloak.environment["KC_BOOTSTRAP_ADMIN_USERNAME"],
            password=self._keycloak.environment["KC_BOOTSTRAP_ADMIN_PASSWORD"],
        )
        self._http.headers["authorization"] = f"Bearer {token}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def new_user(self, name: str, *, role: Role, attributes: dict[str, list[str]]) -> str:
        """Its id."""
        user = {
            "username": name,
            "enabled": True,
            "email": f"{name}@contoh.example",
            "emailVerified": True,
            "firstName": "Contoh",
            "lastName": "Orang",
            "attributes": attributes,
            "credentials": [{"type": "password", "value": PASSWORD, "temporary": False}],
        }
        made = await self._http.post("/users", json=user)
        assert made.status_code == 201, made.text
        user_id = made.headers["location"].rpartition("/")[2]
        found = (await self._http.get(f"/roles/{role}")).raise_for_status().json()
        given = await self._http.post(f"/users/{user_id}/role-mappings/realm", json=[found])
        assert given.status_code == 204, given.text
        return str(user_id)

    async def attributes(self, user_id: str) -> dict[str, list[str]]:
        user = (await self._http.get(f"/users/{user_id}")).raise_for_status().json()
        held: dict[str, list[str]] = user["attributes"]
        return held


async def _authorize(http: httpx.AsyncClient, keycloak: Keycloak, **proof: str) -> httpx.Response:
    question = {
        "response_type": "code",
        "client_id": "tera-portal",
        "redirect_uri": BACK,
        "scope": "openid",
        "state": "s",
    } | proof
    page = f"{keycloak.issuer}/protocol/openid-connect/auth?{urlencode(question)}"
    return await http.get(page)


async def _sign_in(keycloak: Keycloak, name: str) -> str:
    """The access token of a person who types name and password into Keycloak's page."""
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    async with httpx.AsyncClient() as http:
        page = await _authorize(
            http, keycloak, code_challenge=challenge, code_challenge_method="S256"
        )
        assert page.status_code == 200, page.text
        form = re.search(r'<form[^>]*\baction="([^"]+)"', page.text)
        assert form
        typed = {"username": name, "password": PASSWORD}
        # Plain HTTP on loopback: browsers send cookies there that are marked as secure, httpx not.
        sent = "; ".join(f"{cookie.name}={cookie.value}" for cookie in http.cookies.jar)
        back = await http.post(unescape(form[1]), data=typed, headers={"cookie": sent})
    assert back.status_code == 302, back.text
    assert back.headers["location"].startswith(BACK)
    [code] = parse_qs(urlsplit(back.headers["location"]).query)["code"]
    return await _token(
        keycloak,
        grant_type="authorization_code",
        client_id="tera-portal",
        client_secret=keycloak.environment["TERA_PORTAL_CLIENT_SECRET"],
        code=code,
        code_verifier=verifier,
        redirect_uri=BACK,
    )


async def test_a_person_signs_in_and_our_api_takes_the_token(
    keycloak: Keycloak, registry: str
) -> None:
    """From nothing, as an operator would: a tenant, its administrator's login, a unit."""
    operator = {"authorization": f"Bearer {await _service_token(keycloak, 'tera-operator')}"}
    async with httpx.AsyncClient(base_url=registry) as api:
        body = {"slug": "salatiga", "name": "Kota Salatiga", "zone": "Asia/Jakarta"}
        tenant = (await api.post("/v1/tenants", json=body, headers=operator)).json()["id"]
        person = "01990000-0000-7000-8000-000000000001"
        async with Administrator(keycloak) as administrator:
            user_id = await administrator.new_user(
                "sari",
                role=Role.tenant_administrator,
                attributes={"tenant": [tenant], "person": [person]},
            )
            token = await _sign_in(keycloak, "sari")
            verifier = TokenVerifier.from_settings(Settings(oidc_issuer=keycloak.issuer))
            who = await verifier.principal(token)
            assert (str(who.tenant), str(who.person_id)) == (tenant, person)
            assert who.roles == {Role.tenant_administrator}
            signed = {"authorization": f"Bearer {token}"}
            unit = {"code": "U1", "name": "Dinas", "kind": "opd"}
            made = await api.post("/v1/units", json=unit, headers=signed)
            assert made.status_code == 201, made.text
            refused = await api.post("/v1/tenants", json=body, headers=signed)
            assert refused.status_code == 403

            # Whoever could edit the tenant of the own login would see another city's data.
            account = f"{keycloak.issuer}/account/"
            own = (await api.get(account, headers=signed | {"accept": "application/json"})).json()
            assert own["username"] == "sari"
            own["attributes"] = {"tenant": [person], "person": [tenant]}
            changed = await api.post(account, json=own, headers=signed)
            assert changed.status_code == 400, changed.text
            assert await administrator.attributes(user_id) == {
                "tenant": [tenant],
                "person": [person],
            }


async def test_notification_may_read_contacts_and_nothing_else(keycloak: Keycloak) -> None:
    verifier = TokenVerifier.from_settings(Settings(oidc_issuer=keycloak.issuer))
    who = await verifier.principal(await _service_token(keycloak, "tera-notification"))
    assert who.roles == {Role.contact_reader}
    assert who.tenant_id is None


async def test_a_code_without_a_proof_is_not_given(keycloak: Keycloak) -> None:
    async with httpx.AsyncClient() as http:
        refused = await _authorize(http, keycloak)
    assert parse_qs(urlsplit(refused.headers["location"]).query)["error"] == ["invalid_request"]

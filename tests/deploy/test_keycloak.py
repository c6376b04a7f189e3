"""A real Keycloak with the realm of docker-compose.yml: people sign in, services get tokens, and
our APIs take both."""

import asyncio
import base64
import hashlib
import os
import re
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
import pytest_asyncio

from devstack.ports import free_port
from services.registry.app import build_api
from shared.http.auth import Role, TokenVerifier
from shared.settings import Settings
from tests.shared.serving import serving
from tests.support import compose
from tests.support.compose import Machine
from tests.support.databases import Templates
from tests.support.keycloak import Keycloak

HOME = os.environ.get("TERA_KEYCLOAK_HOME")
PASSWORD = secrets.token_urlsafe(24)

pytestmark = [
    pytest.mark.keycloak,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not HOME, reason="TERA_KEYCLOAK_HOME is not set: make test-keycloak"),
]


@dataclass(frozen=True)
class Place:
    """Where the test runs: its folder, the services of docker-compose.yml, the portal's address."""

    folder: Path
    services: dict[str, Any]
    portal: str

    @property
    def back(self) -> str:
        """Where the issuer sends people back to."""
        return f"{self.portal}/sign-in/callback"


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with TemporaryDirectory(prefix="tera-keycloak-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        services = compose.load(compose.secrets(folder / "env"))["services"]
        yield Place(folder, services, f"http://127.0.0.1:{free_port()}")


@pytest.fixture(scope="module")
def keycloak(place: Place) -> Iterator[Keycloak]:
    server = Keycloak(place.folder, place.services["keycloak"], portal=place.portal)
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


@pytest_asyncio.fixture(scope="module")
async def sari(keycloak: Keycloak, registry: str) -> "Login":
    """The administrator of a new tenant, made from nothing as an operator would."""
    tenant = await _new_tenant(registry, await _service_token(keycloak, "tera-operator"))
    person = "01990000-0000-7000-8000-000000000001"
    async with Administrator(keycloak) as administrator:
        attributes = {"tenant": [tenant], "person": [person]}
        role = Role.tenant_administrator
        user_id = await administrator.new_user("sari", role=role, attributes=attributes)
    return Login("sari", user_id, tenant, person)


@dataclass(frozen=True)
class Login:
    """A user of Keycloak, and who that is in Tera."""

    name: str
    id: str
    tenant: str
    person: str


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


async def _authorize(http: httpx.AsyncClient, issuer: str, back: str, **proof: str) -> Any:
    question = {"response_type": "code", "client_id": "tera-portal", "redirect_uri": back}
    query = urlencode(question | {"scope": "openid", "state": "s"} | proof)
    return await http.get(f"{issuer}/protocol/openid-connect/auth?{query}")


def _cookies(http: httpx.AsyncClient) -> dict[str, str]:
    """Browsers send cookies that are marked as secure to loopback without TLS, httpx does not."""
    return {"cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in http.cookies.jar)}


async def _type_password(http: httpx.AsyncClient, page: httpx.Response, name: str) -> str:
    """Fill in Keycloak's page; the address where it then sends the browser."""
    assert page.status_code == 200, page.text
    form = re.search(r'<form[^>]*\baction="([^"]+)"', page.text)
    assert form
    typed = {"username": name, "password": PASSWORD}
    back = await http.post(unescape(form[1]), data=typed, headers=_cookies(http))
    assert back.status_code == 302, back.text
    return back.headers["location"]


async def _sign_in(keycloak: Keycloak, place: Place, name: str) -> str:
    """The access token of a person who types name and password into Keycloak's page."""
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    proof = {"code_challenge": challenge, "code_challenge_method": "S256"}
    async with httpx.AsyncClient() as http:
        page = await _authorize(http, keycloak.issuer, place.back, **proof)
        address = await _type_password(http, page, name)
    assert address.startswith(place.back)
    [code] = parse_qs(urlsplit(address).query)["code"]
    return await _token(
        keycloak,
        grant_type="authorization_code",
        client_id="tera-portal",
        client_secret=keycloak.environment["TERA_PORTAL_CLIENT_SECRET"],
        code=code,
        code_verifier=verifier,
        redirect_uri=place.back,
    )


async def _new_tenant(registry: str, token: str) -> str:
    """The id that `tera tenant create` prints."""
    command = ["tenant", "create", "--slug", "salatiga", "--name", "Kota Salatiga"]
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", *command, "--administrator", "sari"),
        env={"TERA_TOKEN": token, "TERA_REGISTRY_HTTP": registry, "TERA_HOME": "/nonexistent"},
        stdout=subprocess.PIPE,
    )
    said, _ = await running.communicate()
    assert running.returncode == 0
    found = re.search(r"created: (\S+)", said.decode())
    assert found
    return found[1]


async def test_a_person_signs_in_and_our_api_takes_the_token(
    keycloak: Keycloak, place: Place, registry: str, sari: Login
) -> None:
    token = await _sign_in(keycloak, place, sari.name)
    who = await TokenVerifier.from_settings(Settings(oidc_issuer=keycloak.issuer)).principal(token)
    assert (str(who.tenant), str(who.person_id)) == (sari.tenant, sari.person)
    assert who.roles == {Role.tenant_administrator}
    signed = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=registry, headers=signed) as api:
        made = await api.post("/v1/units", json={"code": "U1", "name": "Dinas", "kind": "opd"})
        assert made.status_code == 201, made.text
        another = {"slug": "lain", "name": "Kota Lain", "zone": "Asia/Jakarta"}
        refused = await api.post("/v1/tenants", json=another)
        assert refused.status_code == 403


async def test_nobody_moves_the_own_login_to_another_tenant(
    keycloak: Keycloak, place: Place, sari: Login
) -> None:
    """Whoever could edit the tenant of the own login would see another city's data."""
    signed = {"authorization": f"Bearer {await _sign_in(keycloak, place, sari.name)}"}
    account = f"{keycloak.issuer}/account/"
    async with httpx.AsyncClient(headers=signed | {"accept": "application/json"}) as http:
        own = (await http.get(account)).json()
        assert own["username"] == sari.name
        own["attributes"] = {"tenant": [sari.person], "person": [sari.tenant]}
        changed = await http.post(account, json=own)
        assert changed.status_code == 400, changed.text
    async with Administrator(keycloak) as administrator:
        held = await administrator.attributes(sari.id)
    assert held == {"tenant": [sari.tenant], "person": [sari.person]}


async def test_the_portal_signs_a_person_in(
    keycloak: Keycloak, place: Place, registry: str, sari: Login
) -> None:
    """As docker-compose.yml starts it, through Keycloak's page and back, and out again."""
    here = compose.listening_addresses(["portal"]) | {
        "http://keycloak.localhost:8080/realms/tera": keycloak.issuer,
        "registry-api:8000": urlsplit(registry).netloc,
        "localhost:8000": urlsplit(place.portal).netloc,
        "portal:8000": urlsplit(place.portal).netloc,
    }
    machine = Machine(place.services, here, place.folder)
    portal = machine.start("portal")
    try:
        portal.wait_until(lambda: machine.healthy("portal"), within=60)
        async with httpx.AsyncClient(base_url=place.portal) as browser:
            away = await browser.get("/sign-in")
            page = await browser.get(away.headers["location"])
            back = await _type_password(browser, page, sari.name)
            assert back.startswith(place.back)
            inside = await browser.get(back, headers=_cookies(browser))
            assert inside.status_code == 303, inside.text
            start = await browser.get("/", headers=_cookies(browser))
            assert "Contoh Orang" in start.text
            form = re.search(r'name="form_token" value="([^"]+)"', start.text)
            assert form
            out = await browser.post(
                "/sign-out",
                data={"form_token": form[1]},
                headers=_cookies(browser) | {"origin": place.portal},
            )
            ended = await browser.get(out.headers["location"], headers=_cookies(browser))
            assert ended.headers["location"] == f"{place.portal}/"
    finally:
        portal.stop(within=10)


async def test_notification_may_read_contacts_and_nothing_else(keycloak: Keycloak) -> None:
    verifier = TokenVerifier.from_settings(Settings(oidc_issuer=keycloak.issuer))
    who = await verifier.principal(await _service_token(keycloak, "tera-notification"))
    assert who.roles == {Role.contact_reader}
    assert who.tenant_id is None


async def test_a_code_without_a_proof_is_not_given(keycloak: Keycloak, place: Place) -> None:
    async with httpx.AsyncClient() as http:
        refused = await _authorize(http, keycloak.issuer, place.back)
    assert parse_qs(urlsplit(refused.headers["location"]).query)["error"] == ["invalid_request"]

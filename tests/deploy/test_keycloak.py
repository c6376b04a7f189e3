"""A real Keycloak with the realm of docker-compose.yml: people sign in, services get tokens, and
our APIs take both."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit

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
from tests.support.keycloak_people import (
    PATIENCE,
    Administrator,
    authorize,
    cookies,
    service_token,
    sign_in,
    type_password,
)

HOME = os.environ.get("TERA_KEYCLOAK_HOME")

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
    tenant = await _new_tenant(registry, await service_token(keycloak, "tera-operator"))
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
    token = await sign_in(keycloak, sari.name, back=place.back)
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
    signed = {"authorization": f"Bearer {await sign_in(keycloak, sari.name, back=place.back)}"}
    account, json = f"{keycloak.issuer}/account/", {"accept": "application/json"}
    async with httpx.AsyncClient(timeout=PATIENCE, headers=signed | json) as http:
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
        async with httpx.AsyncClient(base_url=place.portal, timeout=PATIENCE) as browser:
            away = await browser.get("/sign-in")
            page = await browser.get(away.headers["location"])
            back = await type_password(browser, page, sari.name)
            assert back.startswith(place.back)
            inside = await browser.get(back, headers=cookies(browser))
            assert inside.status_code == 303, inside.text
            start = await browser.get("/", headers=cookies(browser))
            assert "Contoh Orang" in start.text
            form = re.search(r'name="form_token" value="([^"]+)"', start.text)
            assert form
            out = await browser.post(
                "/sign-out",
                data={"form_token": form[1]},
                headers=cookies(browser) | {"origin": place.portal},
            )
            ended = await browser.get(out.headers["location"], headers=cookies(browser))
            assert ended.headers["location"] == f"{place.portal}/"
    finally:
        portal.stop(within=10)


async def test_notification_may_read_contacts_and_nothing_else(keycloak: Keycloak) -> None:
    verifier = TokenVerifier.from_settings(Settings(oidc_issuer=keycloak.issuer))
    who = await verifier.principal(await service_token(keycloak, "tera-notification"))
    assert who.roles == {Role.contact_reader}
    assert who.tenant_id is None


async def test_a_code_without_a_proof_is_not_given(keycloak: Keycloak, place: Place) -> None:
    async with httpx.AsyncClient(timeout=PATIENCE) as http:
        refused = await authorize(http, keycloak.issuer, place.back)
    assert parse_qs(urlsplit(refused.headers["location"]).query)["error"] == ["invalid_request"]

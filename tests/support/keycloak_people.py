"""People and services at a real Keycloak: made by its administrator, signed in by its pages."""

import base64
import hashlib
import re
import secrets
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from shared.http.auth import Role
from tests.support.keycloak import Keycloak

PASSWORD = secrets.token_urlsafe(24)
# Its first answers come from code that is not compiled yet, maybe on a busy machine.
PATIENCE = 60.0


async def token(keycloak: Keycloak, realm: str = "tera", **form: str) -> str:
    async with httpx.AsyncClient(timeout=PATIENCE) as http:
        answer = await http.post(
            f"{keycloak.url}/realms/{realm}/protocol/openid-connect/token", data=form
        )
        assert answer.status_code == 200, answer.text
        access: str = answer.json()["access_token"]
        return access


async def service_token(keycloak: Keycloak, client: str) -> str:
    variable = f"{client.upper().replace('-', '_')}_CLIENT_SECRET"
    return await token(
        keycloak,
        grant_type="client_credentials",
        client_id=client,
        client_secret=keycloak.environment[variable],
    )


class Administrator:
    """Keycloak's own administrator, over its REST API."""

    def __init__(self, keycloak: Keycloak) -> None:
        self._keycloak = keycloak
        self._http = httpx.AsyncClient(
            base_url=f"{keycloak.url}/admin/realms/tera", timeout=PATIENCE
        )

    async def __aenter__(self) -> "Administrator":
        access = await token(
            self._keycloak,
            "master",
            grant_type="password",
            client_id="admin-cli",
            username=self._keycloak.environment["KC_BOOTSTRAP_ADMIN_USERNAME"],
            password=self._keycloak.environment["KC_BOOTSTRAP_ADMIN_PASSWORD"],
        )
        self._http.headers["authorization"] = f"Bearer {access}"
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


async def authorize(http: httpx.AsyncClient, issuer: str, back: str, **proof: str) -> Any:
    question = {"response_type": "code", "client_id": "tera-portal", "redirect_uri": back}
    query = urlencode(question | {"scope": "openid", "state": "s"} | proof)
    return await http.get(f"{issuer}/protocol/openid-connect/auth?{query}")


def cookies(http: httpx.AsyncClient) -> dict[str, str]:
    """Browsers send cookies that are marked as secure to loopback without TLS, httpx does not."""
    return {"cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in http.cookies.jar)}


async def type_password(http: httpx.AsyncClient, page: httpx.Response, name: str) -> str:
    """Fill in Keycloak's page; the address where it then sends the browser."""
    assert page.status_code == 200, page.text
    form = re.search(r'<form[^>]*\baction="([^"]+)"', page.text)
    assert form
    typed = {"username": name, "password": PASSWORD}
    back = await http.post(unescape(form[1]), data=typed, headers=cookies(http))
    assert back.status_code == 302, back.text
    return back.headers["location"]


async def sign_in(keycloak: Keycloak, name: str, *, back: str) -> str:
    """The access token of a person who types name and password into Keycloak's page."""
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    proof = {"code_challenge": challenge, "code_challenge_method": "S256"}
    async with httpx.AsyncClient(timeout=PATIENCE) as http:
        page = await authorize(http, keycloak.issuer, back, **proof)
        address = await type_password(http, page, name)
    assert address.startswith(back)
    [code] = parse_qs(urlsplit(address).query)["code"]
    return await token(
        keycloak,
        grant_type="authorization_code",
        client_id="tera-portal",
        client_secret=keycloak.environment["TERA_PORTAL_CLIENT_SECRET"],
        code=code,
        code_verifier=verifier,
        redirect_uri=back,
    )

"""A small OpenID Connect issuer for a machine without one: `python -m devstack.issuer`.

It gives a token for any tenant, role and person to whoever knows the data folder's client secret,
and lets people in by a click: a tool of developers and tests, never part of an installation.
"""

import argparse
import base64
import hmac
import os
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlencode

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from devstack.authorization import (
    Authorizations,
    RefusedError,
    check_request,
    is_loopback,
    login_page,
)
from devstack.logins import read_logins
from devstack.tokens import SigningKey, load_key, mint

_LIFETIME = 3_600
_LONGEST_LIFETIME = 7 * 86_400

_KNOWN = frozenset(
    ["grant_type", "client_id", "client_secret", "tenant", "person", "subject", "lifetime", "role"]
)

CLIENT_ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    "portal": (),
    "notification": ("contact_reader",),
}
"""The registered clients, and the roles of a token that they get for themselves; () gets none."""


def issuer_app(
    key: SigningKey,
    url: str,
    secret: str,
    *,
    audience: str = "tera",
    clients: Mapping[str, str] | None = None,
    logins: Path | None = None,
) -> Starlette:
    """Return the issuer `url` that signs with `key` for clients that know `secret`.

    `clients` are the secrets of registered clients by their ids; `logins` is the file of people
    who can sign in.
    """
    given = Authorizations(key, url, audience)
    registered = dict(clients or {})

    async def configuration(_: Request) -> Response:
        return JSONResponse(
            {
                "issuer": url,
                "jwks_uri": f"{url}/jwks",
                "token_endpoint": f"{url}/token",
                "authorization_endpoint": f"{url}/authorize",
                "end_session_endpoint": f"{url}/end-session",
                "grant_types_supported": [
                    "client_credentials",
                    "authorization_code",
                    "refresh_token",
                ],
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post",
                    "client_secret_basic",
                ],
                "response_types_supported": ["code"],
                "code_challenge_methods_supported": ["S256"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def jwks(_: Request) -> Response:
        return JSONResponse({"keys": [key.public_jwk]})

    async def authorize(request: Request) -> Response:
        form = await request.form() if request.method == "POST" else request.query_params
        asked = {name: value for name, value in form.items() if isinstance(value, str)}
        chosen = asked.pop("login", None)
        listed = read_logins(logins) if logins else []
        try:
            if asked.get("client_id") not in registered:
                raise RefusedError("unauthorized_client", "the client is not registered")
            check_request(asked)
            if chosen is None or not chosen.isdecimal() or int(chosen) >= len(listed):
                return HTMLResponse(login_page(asked, listed))
            return RedirectResponse(given.give_code(asked, listed[int(chosen)]), 303)
        except RefusedError as error:
            return _refusal(error.error, error.description)

    async def end_session(request: Request) -> Response:
        # Nobody stays signed in here: there is only the way back.
        back = request.query_params.get("post_logout_redirect_uri", "")
        if not is_loopback(back):
            return HTMLResponse("<!doctype html><title>Signed out</title><p>Signed out.")
        state = request.query_params.get("state")
        return RedirectResponse(f"{back}?{urlencode({'state': state})}" if state else back, 303)

    async def token(request: Request) -> Response:
        form = parse_qs((await request.body()).decode(errors="replace"))
        client, client_secret = _credentials(request, form)
        if _equal(client_secret, secret):
            return _any_token(form)
        if not _equal(client_secret, registered.get(client, "")) or not client_secret:
            return _refusal("invalid_client", "send client_secret=$TERA_DEV_CLIENT_SECRET", 401)
        try:
            return _answer(_client_tokens(client, {name: each[-1] for name, each in form.items()}))
        except RefusedError as error:
            return _refusal(error.error, error.description)

    def _client_tokens(client: str, form: Mapping[str, str]) -> dict[str, Any]:
        match form.get("grant_type"):
            case "authorization_code":
                return given.use_code(client, form)
            case "refresh_token":
                return given.refresh(client, form)
            case "client_credentials" if CLIENT_ROLES.get(client):
                claims = {"sub": client, "roles": list(CLIENT_ROLES[client])}
                return _access_token(claims, _LIFETIME)
        raise RefusedError("unauthorized_client", "this client may not use this grant")

    def _access_token(claims: Mapping[str, object], lifetime: int) -> dict[str, Any]:
        now = int(time.time())
        common = {"iss": url, "aud": audience, "iat": now, "exp": now + lifetime}
        minted = mint(key, {**common, "jti": str(uuid.uuid4()), **claims})
        return {"access_token": minted, "token_type": "Bearer", "expires_in": lifetime}

    def _any_token(form: dict[str, list[str]]) -> Response:
        if unknown := form.keys() - _KNOWN:
            return _refusal("invalid_request", f"unknown fields {sorted(unknown)}")
        if _one(form, "grant_type", "client_credentials") != "client_credentials":
            return _refusal("unsupported_grant_type", "send grant_type=client_credentials")
        lifetime = _one(form, "lifetime", str(_LIFETIME))
        if not (lifetime.isdecimal() and 0 < int(lifetime) <= _LONGEST_LIFETIME):
            limit = f"send lifetime as seconds, 1 to {_LONGEST_LIFETIME}"
            return _refusal("invalid_request", limit)
        person = _one(form, "person")
        claims: dict[str, object] = {
            "sub": _one(form, "subject", person or "developer"),
            "roles": form.get("role", []),
        }
        claims |= {"person": person} if person else {}
        claims |= {"tenant": tenant} if (tenant := _one(form, "tenant")) else {}
        return _answer(_access_token(claims, int(lifetime)))

    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", configuration),
            Route("/jwks", jwks),
            Route("/authorize", authorize, methods=["GET", "POST"]),
            Route("/token", token, methods=["POST"]),
            Route("/end-session", end_session),
        ]
    )


def _credentials(request: Request, form: dict[str, list[str]]) -> tuple[str, str]:
    """Id and secret of the client, from the form or from HTTP's own header."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            return "", ""
        return unquote(client), unquote(secret)
    return _one(form, "client_id"), _one(form, "client_secret")


def _equal(given: str, kept: str) -> bool:
    return hmac.compare_digest(given.encode(), kept.encode())


def _one(form: dict[str, list[str]], name: str, default: str = "") -> str:
    return form.get(name, [default])[-1]


def _answer(tokens: dict[str, Any]) -> Response:
    return JSONResponse(tokens, headers={"Cache-Control": "no-store"})


def _refusal(error: str, description: str, status: int = 400) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status)


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m devstack.issuer", description=__doc__)
    arguments.add_argument("--port", type=int, required=True, help="loopback port to listen on")
    arguments.add_argument(
        "--key", type=Path, required=True, help="file of the key; made if absent"
    )
    arguments.add_argument("--logins", type=Path, help="file of the people who can sign in")
    given = arguments.parse_args()
    secret = os.environ.get("TERA_DEV_CLIENT_SECRET")
    if not secret:
        arguments.error("set TERA_DEV_CLIENT_SECRET, the secret that clients must send")
    secrets = {
        client: os.environ.get(f"TERA_{client.upper()}_CLIENT_SECRET") for client in CLIENT_ROLES
    }
    app = issuer_app(
        load_key(given.key),
        f"http://127.0.0.1:{given.port}",
        secret,
        audience=os.environ.get("TERA_OIDC_AUDIENCE", "tera"),
        clients={client: known for client, known in secrets.items() if known},
        logins=given.logins,
    )
    uvicorn.run(app, port=given.port, log_level="warning", timeout_graceful_shutdown=2)


if __name__ == "__main__":
    main()

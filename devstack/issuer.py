"""A small OpenID Connect issuer for a machine without one: `python -m devstack.issuer`.

It gives a token for any tenant, role and person to whoever knows the data folder's client secret:
a tool of developers and tests, never part of an installation.
"""

import argparse
import hmac
import os
import time
import uuid
from pathlib import Path
from urllib.parse import parse_qs

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from devstack.tokens import SigningKey, load_key, mint

_LIFETIME = 3_600
_LONGEST_LIFETIME = 7 * 86_400

_KNOWN = frozenset(
    ["grant_type", "client_id", "client_secret", "tenant", "person", "subject", "lifetime", "role"]
)


def issuer_app(key: SigningKey, url: str, secret: str, *, audience: str = "tera") -> Starlette:
    """Return the issuer `url` that signs with `key` for clients that know `secret`."""

    async def configuration(_: Request) -> JSONResponse:
        return JSONResponse(
            {
                "issuer": url,
                "jwks_uri": f"{url}/jwks",
                "token_endpoint": f"{url}/token",
                "grant_types_supported": ["client_credentials"],
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
                "response_types_supported": ["token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
            }
        )

    async def jwks(_: Request) -> JSONResponse:
        return JSONResponse({"keys": [key.public_jwk]})

    async def token(request: Request) -> JSONResponse:
        form = parse_qs((await request.body()).decode(errors="replace"))
        if not hmac.compare_digest(_one(form, "client_secret").encode(), secret.encode()):
            return _refusal("invalid_client", "send client_secret=$TERA_DEV_CLIENT_SECRET", 401)
        if unknown := form.keys() - _KNOWN:
            return _refusal("invalid_request", f"unknown fields {sorted(unknown)}")
        if _one(form, "grant_type", "client_credentials") != "client_credentials":
            return _refusal("unsupported_grant_type", "send grant_type=client_credentials")
        lifetime = _one(form, "lifetime", str(_LIFETIME))
        if not (lifetime.isdecimal() and 0 < int(lifetime) <= _LONGEST_LIFETIME):
            limit = f"send lifetime as seconds, 1 to {_LONGEST_LIFETIME}"
            return _refusal("invalid_request", limit)
        person = _one(form, "person")
        now = int(time.time())
        claims: dict[str, object] = {
            "iss": url,
            "aud": audience,
            "sub": _one(form, "subject", person or "developer"),
            "iat": now,
            "exp": now + int(lifetime),
            "jti": str(uuid.uuid4()),
            "roles": form.get("role", []),
        }
        claims |= {"person": person} if person else {}
        claims |= {"tenant": tenant} if (tenant := _one(form, "tenant")) else {}
        answer = {"access_token": mint(key, claims), "token_type": "Bearer"}
        return JSONResponse(
            answer | {"expires_in": int(lifetime)}, headers={"Cache-Control": "no-store"}
        )

    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", configuration),
            Route("/jwks", jwks),
            Route("/token", token, methods=["POST"]),
        ]
    )


def _one(form: dict[str, list[str]], name: str, default: str = "") -> str:
    return form.get(name, [default])[-1]


def _refusal(error: str, description: str, status: int = 400) -> JSONResponse:
    return JSONResponse({"error": error, "error_description": description}, status)


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m devstack.issuer", description=__doc__)
    arguments.add_argument("--port", type=int, required=True, help="loopback port to listen on")
    arguments.add_argument(
        "--key", type=Path, required=True, help="file of the key; made if absent"
    )
    given = arguments.parse_args()
    secret = os.environ.get("TERA_DEV_CLIENT_SECRET")
    if not secret:
        arguments.error("set TERA_DEV_CLIENT_SECRET, the secret that clients must send")
    app = issuer_app(
        load_key(given.key),
        f"http://127.0.0.1:{given.port}",
        secret,
        audience=os.environ.get("TERA_OIDC_AUDIENCE", "tera"),
    )
    uvicorn.run(app, port=given.port, log_level="warning", timeout_graceful_shutdown=2)


if __name__ == "__main__":
    main()

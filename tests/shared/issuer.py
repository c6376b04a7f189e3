"""A token issuer for tests: real keys, real HTTP, and every way to misbehave."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.shared.serving import serving

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


class Issuer:
    """Signs with its newest key; `down` makes it answer 503, `asked` counts key requests."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.down = False
        self.asked = 0
        self.keys: dict[str, tuple[str, PrivateKey]] = {}
        self.add_key("ES256")

    def add_key(self, algorithm: str) -> str:
        """Make a signing key, which new tokens use, and return its id."""
        kid = uuid4().hex
        self.keys[kid] = (algorithm, _private_key(algorithm))
        return kid

    def drop_key(self, kid: str) -> None:
        """Stop listing a key."""
        del self.keys[kid]

    def token(self, *, kid: str | None = None, **changes: Any) -> str:
        """A good token of an operator, with claims changed; None leaves a claim out."""
        kid = kid or list(self.keys)[-1]
        algorithm, key = self.keys[kid]
        return jwt.encode(self.claims(**changes), key, algorithm, headers={"kid": kid})

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": "tera",
            "sub": "somebody",
            "iat": now,
            "exp": now + 600,
            "roles": ["operator"],
        } | changes
        return {name: value for name, value in claims.items() if value is not None}

    def discovery(self) -> JSONResponse:
        return JSONResponse({"issuer": self.url, "jwks_uri": f"{self.url}/jwks"})

    def jwks(self) -> JSONResponse:
        self.asked += 1
        if self.down:
            return JSONResponse({}, 503)
        return JSONResponse({"keys": [_public(kid, *self.keys[kid]) for kid in self.keys]})


class Issuers:
    """One server for the issuers of all tests, each under a path of its own."""

    def __init__(self) -> None:
        self.base = ""
        self.known: dict[str, Issuer] = {}
        self.app = Starlette(
            routes=[
                Route("/{name}/.well-known/openid-configuration", self._discovery),
                Route("/{name}/jwks", self._jwks),
            ]
        )

    def new(self) -> Issuer:
        name = uuid4().hex
        self.known[name] = Issuer(f"{self.base}/{name}")
        return self.known[name]

    async def _discovery(self, request: Request) -> JSONResponse:
        return self.known[request.path_params["name"]].discovery()

    async def _jwks(self, request: Request) -> JSONResponse:
        return self.known[request.path_params["name"]].jwks()


@asynccontextmanager
async def running_issuers() -> AsyncIterator[Issuers]:
    issuers = Issuers()
    async with serving(issuers.app) as url:
        issuers.base = url
        yield issuers


def _private_key(algorithm: str) -> PrivateKey:
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, 2048)


def _public(kid: str, algorithm: str, key: PrivateKey) -> dict[str, Any]:
    jwk: dict[str, Any] = jwt.get_algorithm_by_name(algorithm).to_jwk(
        key.public_key(), as_dict=True
    )
    return jwk | {"kid": kid, "use": "sig", "alg": algorithm}

"""The issuer's signing key and what it signs; tests mint wrong tokens with it, too."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from devstack.files import write_private


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An ES256 key."""

    private: ec.EllipticCurvePrivateKey

    @property
    def public_jwk(self) -> dict[str, Any]:
        """The public half as a JWKS shows it; its id is the thumbprint of RFC 7638."""
        jwk = ECAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
        digest = hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest()
        key_id = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        return {**members, "kid": key_id, "use": "sig", "alg": "ES256"}


def new_key() -> SigningKey:
    """Return a key that nobody else has."""
    return SigningKey(ec.generate_private_key(ec.SECP256R1()))


def load_key(file: Path) -> SigningKey:
    """Return the key kept in `file` (PEM, mode 0600), made at the first call."""
    if not file.exists():
        pem = new_key().private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_private(file, pem.decode())
    private = serialization.load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{file} holds no elliptic-curve key; delete it and a new one is made")
    return SigningKey(private)


def mint(key: SigningKey, claims: Mapping[str, Any]) -> str:
    """Return a JWT with exactly these claims, signed; right or wrong is the caller's business."""
    headers = {"kid": key.public_jwk["kid"], "typ": "at+jwt"}
    return jwt.encode(dict(claims), key.private, algorithm="ES256", headers=headers)

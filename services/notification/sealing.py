"""Secrets of tenants at rest: sealed with a key that is not in the database."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12


class Unreadable(Exception):  # noqa: N818 - says what the seal is
    """Sealed with another key, for another place, or changed since."""


class Seal:
    """Seals for a place (a tenant's row): what is moved to another row cannot be opened there.

    A copy of the database, such as a backup, gives no secret away; whoever loses the key registers
    the secrets again.
    """

    def __init__(self, secret: str) -> None:
        derived = HKDF(SHA256(), length=32, salt=None, info=b"tera notification seal v1")
        self._cipher = AESGCM(derived.derive(secret.encode()))

    def close(self, content: bytes, *, place: str) -> bytes:
        """The sealed form; another one each time."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, place.encode())

    def open(self, sealed: bytes, *, place: str) -> bytes:
        """What was sealed for this place. Raises `Unreadable`."""
        try:
            nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
            return self._cipher.decrypt(nonce, content, place.encode())
        except (InvalidTag, ValueError):
            raise Unreadable from None

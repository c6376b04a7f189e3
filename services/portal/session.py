"""Who is signed in: kept in the browser, in a cookie that only the portal can read or make.

The cookie is AES-256-GCM over compressed JSON. Its key is HKDF-SHA256 of a secret of
TERA_PORTAL_SESSION_SECRET, without salt, with the info below. The setting may hold several
secrets separated by spaces: the first one writes, all of them read, so a secret is replaced by
putting the new one in front and taking the old one away a day later.
"""

import json
import os
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.settings import SettingMissing

_INFO: Final = b"tera portal session 1"
_NONCE_BYTES: Final = 12
_SHORTEST_SECRET: Final = 32
_LONGEST_DOCUMENT: Final = 64 * 1024


class Vault:
    """Seals what the browser keeps for us; ``purpose`` keeps one cookie from serving as another."""

    def __init__(self, secrets: str | None) -> None:
        self._keys = [AESGCM(_key(secret)) for secret in (secrets or "").split()]

    @property
    def usable(self) -> bool:
        """Whether there is a secret: without one nobody can sign in."""
        return bool(self._keys)

    def seal(self, purpose: str, document: object) -> str:
        """Text for a cookie. Raise SettingMissing without a secret."""
        if not self._keys:
            raise SettingMissing(
                "TERA_PORTAL_SESSION_SECRET", "a random secret of 32 or more characters"
            )
        nonce = os.urandom(_NONCE_BYTES)
        plain = zlib.compress(json.dumps(document, separators=(",", ":")).encode(), 9)
        sealed = self._keys[0].encrypt(nonce, plain, purpose.encode())
        return urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode()

    def open(self, purpose: str, text: str) -> object | None:
        """What was sealed for this purpose; None where it was not sealed by us."""
        try:
            raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except ValueError:
            return None
        for key in self._keys:
            try:
                plain = key.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode())
            except (InvalidTag, ValueError):
                continue
            document: object = json.loads(zlib.decompress(plain, bufsize=_LONGEST_DOCUMENT))
            return document
        return None


def _key(secret: str) -> bytes:
    if len(secret) < _SHORTEST_SECRET:
        raise SettingMissing(
            "TERA_PORTAL_SESSION_SECRET", "a random secret of 32 or more characters"
        )
    return HKDF(SHA256(), 32, salt=None, info=_INFO).derive(secret.encode())


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in person.

    Instants are seconds since 1970. `form_token` stands in every form of this person: a request
    from elsewhere does not know it.
    """

    subject: str
    name: str
    tenant_id: str | None
    person_id: str | None
    roles: Sequence[str]
    access_token: str
    expires_at: int
    refresh_token: str | None
    id_token: str
    ends_at: int
    form_token: str

    def sealed(self, vault: Vault) -> str:
        """Text for the cookie."""
        return vault.seal("session", asdict(self))

    @classmethod
    def opened(cls, vault: Vault, text: str, *, now: float) -> "Session | None":
        """The session of a cookie; None where it is not ours, of another release, or over."""
        document = vault.open("session", text)
        if not isinstance(document, dict):
            return None
        try:
            session = cls(**document)
        except TypeError:
            return None
        return session if session.ends_at > now else None

"""Signing in at the local issuer: authorization codes with PKCE, refresh tokens, the login page."""

import base64
import hashlib
import hmac
import html
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import jwt

from devstack.logins import ReadyLogin
from devstack.tokens import SigningKey, mint

_CODE_SECONDS: Final = 60
_REFRESH_SECONDS: Final = 12 * 3_600
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class RefusedError(Exception):
    """What the client did wrong: an error code of OAuth 2.0, and words."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass(frozen=True, slots=True)
class _Code:
    client: str
    redirect_uri: str
    challenge: str
    nonce: str
    login: ReadyLogin
    expires_at: float


@dataclass
class Authorizations:
    """Codes that were given and not used. They end with the process; refresh tokens do not."""

    key: SigningKey
    issuer: str
    audience: str
    _codes: dict[str, _Code] = field(default_factory=dict)

    def give_code(self, asked: Mapping[str, str], login: ReadyLogin) -> str:
        """The address to send the browser to, with a code. Raise RefusedError."""
        check_request(asked)
        code = secrets.token_urlsafe(24)
        now = time.monotonic()
        self._codes = {c: kept for c, kept in self._codes.items() if kept.expires_at > now}
        self._codes[code] = _Code(
            client=asked["client_id"],
            redirect_uri=asked["redirect_uri"],
            challenge=asked["code_challenge"],
            nonce=asked.get("nonce", ""),
            login=login,
            expires_at=now + _CODE_SECONDS,
        )
        answer = {"code": code, "state": asked.get("state", ""), "iss": self.issuer}
        return f"{asked['redirect_uri']}?{urlencode(answer)}"

    def use_code(self, client: str, form: Mapping[str, str]) -> dict[str, Any]:
        """The tokens of a code, once. Raise RefusedError."""
        kept = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            kept is None
            or kept.expires_at < time.monotonic()
            or kept.client != client
            or kept.redirect_uri != form.get("redirect_uri")
            or not hmac.compare_digest(kept.challenge, challenge)
        ):
            raise RefusedError("invalid_grant", "the code is not valid with this verifier")
        return self._tokens(client, kept.login, nonce=kept.nonce)

    def refresh(self, client: str, form: Mapping[str, str]) -> dict[str, Any]:
        """New tokens for a refresh token. Raise RefusedError."""
        try:
            claims = jwt.decode(
                form.get("refresh_token", ""),
                self.key.private.public_key(),
                ["ES256"],
                audience=f"{self.issuer}/refresh",
                issuer=self.issuer,
            )
        except jwt.InvalidTokenError as error:
            raise RefusedError("invalid_grant", "the refresh token is not valid") from error
        if claims["client"] != client:
            raise RefusedError("invalid_grant", "the refresh token is another client's")
        login = claims["login"]
        return self._tokens(client, ReadyLogin(**login | {"roles": tuple(login["roles"])}))

    def _tokens(self, client: str, login: ReadyLogin, *, nonce: str = "") -> dict[str, Any]:
        now = int(time.time())
        common = login.claims | {"iss": self.issuer, "iat": now, "jti": secrets.token_hex(8)}
        access = common | {"aud": self.audience, "azp": client, "exp": now + login.lifetime}
        identity = common | {"aud": client, "exp": now + login.lifetime}
        identity |= {"nonce": nonce} if nonce else {}
        refresh = {
            "iss": self.issuer,
            "aud": f"{self.issuer}/refresh",
            "client": client,
            "exp": now + _REFRESH_SECONDS,
            "login": {name: getattr(login, name) for name in ReadyLogin.__dataclass_fields__},
        }
        return {
            "access_token": mint(self.key, access),
            "id_token": mint(self.key, identity),
            "refresh_token": mint(self.key, refresh),
            "token_type": "Bearer",
            "expires_in": login.lifetime,
        }


def check_request(asked: Mapping[str, str]) -> None:
    """Refuse what cannot become a code. Raise RefusedError."""
    if not is_loopback(asked.get("redirect_uri", "")):
        raise RefusedError("invalid_request", "redirect_uri has to lead to this machine")
    if asked.get("response_type") != "code" or "openid" not in asked.get("scope", "").split():
        raise RefusedError("invalid_request", "send response_type=code and scope=openid")
    if asked.get("code_challenge_method") != "S256" or len(asked.get("code_challenge", "")) != 43:
        raise RefusedError("invalid_request", "send a code_challenge with the method S256")


def is_loopback(url: str) -> bool:
    """Whether a browser that follows it stays on this machine."""
    return urlsplit(url).hostname in _LOOPBACK


def login_page(asked: Mapping[str, str], logins: list[ReadyLogin]) -> str:
    """The page that lists who can sign in."""
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in asked.items()
    )
    items = []
    place = None
    for number, login in enumerate(logins):
        if login.place != place:
            place = login.place
            items.append(f"<h2>{html.escape(place)}</h2>" if place else "")
        roles = html.escape(", ".join(login.roles))
        items.append(
            f'<p><button name="login" value="{number}">{html.escape(login.name)}</button> '
            f"<small>{roles}</small></p>"
        )
    nobody = "<p>No logins are ready: start the demo, which registers people.</p>"
    return _PAGE.format(hidden=hidden, items="".join(items) or nobody)


_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Local sign-in</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:2rem auto;padding:0 1rem;\
color:#1b2a30}}button{{font:inherit;padding:.5rem 1rem;border:2px solid #0b4a5e;border-radius:6px;\
background:#fff;color:#0b4a5e;cursor:pointer}}h2{{font-size:1.1rem;margin:1.5rem 0 .5rem}}\
small{{color:#4a5a61}}</style></head>
<body><main><h1>Sign in as …</h1>
<p>This issuer is a tool for this machine: it asks for no password.</p>
<form method="post" action="authorize">{hidden}{items}</form></main></body></html>"""

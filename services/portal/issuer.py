"""The OpenID Connect issuer as a client sees it: code flow with PKCE, refresh, sign-out."""

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import jwt
import structlog

from services.portal.session import Session
from shared.http.auth import TokenVerifier
from shared.http.jwks import ALGORITHMS, UnknownKey
from shared.http.problems import Problem, temporarily_unavailable
from shared.settings import SettingMissing, Settings

_SCOPE: Final = "openid profile"
_LEEWAY_SECONDS: Final = 30
_SESSION_SECONDS: Final = 12 * 3_600
_DISCOVERY_SECONDS: Final = 600.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the portal has to remember while somebody is at the issuer."""

    state: str
    nonce: str
    verifier: str
    next: str

    @classmethod
    def fresh(cls, next_path: str) -> "Attempt":
        """One that nobody can guess."""
        return cls(
            state=secrets.token_urlsafe(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            next=next_path,
        )

    @property
    def challenge(self) -> str:
        """The verifier's hash (RFC 7636, S256)."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class SignInRefused(Exception):  # noqa: N818 - says what happened
    """The issuer, or what it sent, does not let this person in."""


class Issuer:
    """Found by discovery at the first use, and asked again now and then: it may be away before."""

    def __init__(
        self, settings: Settings, http: httpx.AsyncClient, verifier: TokenVerifier
    ) -> None:
        self._settings = settings
        self._http = http
        self._verifier = verifier
        self._found: Mapping[str, Any] = {}
        self._found_at = 0.0

    @property
    def name(self) -> str:
        """The issuer's own address, without a trailing slash."""
        return self._verifier.issuer.rstrip("/")

    async def authorization_url(self, attempt: Attempt) -> str:
        """Where to send the browser."""
        endpoint = (await self._discovery())["authorization_endpoint"]
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._redirect_uri,
            "scope": _SCOPE,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        return f"{endpoint}?{urlencode(query)}"

    async def session(self, code: str, attempt: Attempt) -> Session:
        """Who came back with a code. Raise SignInRefused, or the Problem of a token that lacks
        what services need."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": attempt.verifier,
        }
        tokens = await self._tokens(form)
        identity = await self._identity(tokens["id_token"], nonce=attempt.nonce)
        principal = await self._verifier.principal(tokens["access_token"])
        now = int(time.time())
        return Session(
            subject=principal.subject,
            name=str(identity.get("name") or identity.get("preferred_username") or "?"),
            tenant_id=str(principal.tenant_id) if principal.tenant_id else None,
            person_id=str(principal.person_id) if principal.person_id else None,
            roles=sorted(principal.roles),
            access_token=tokens["access_token"],
            expires_at=now + int(tokens.get("expires_in", 60)),
            refresh_token=tokens.get("refresh_token"),
            id_token=tokens["id_token"],
            ends_at=now + _SESSION_SECONDS,
            form_token=secrets.token_urlsafe(16),
        )

    async def refreshed(self, session: Session) -> Session:
        """The same person with new tokens and the roles of today. Raise SignInRefused."""
        if session.refresh_token is None:
            raise SignInRefused("there is no refresh token")
        form = {"grant_type": "refresh_token", "refresh_token": session.refresh_token}
        tokens = await self._tokens(form)
        principal = await self._verifier.principal(tokens["access_token"])
        if principal.subject != session.subject:
            raise SignInRefused("the refreshed token is another person's")
        return replace(
            session,
            tenant_id=str(principal.tenant_id) if principal.tenant_id else None,
            person_id=str(principal.person_id) if principal.person_id else None,
            roles=sorted(principal.roles),
            access_token=tokens["access_token"],
            expires_at=int(time.time()) + int(tokens.get("expires_in", 60)),
            refresh_token=tokens.get("refresh_token", session.refresh_token),
            id_token=tokens.get("id_token", session.id_token),
        )

    async def end_url(self, session: Session) -> str | None:
        """Where the issuer's own session is ended; None where it has no such place."""
        endpoint = (await self._discovery()).get("end_session_endpoint")
        query = {
            "id_token_hint": session.id_token,
            "client_id": self._client_id,
            "post_logout_redirect_uri": self._settings.service_http("portal") + "/",
        }
        return f"{endpoint}?{urlencode(query)}" if endpoint else None

    async def _tokens(self, form: Mapping[str, str]) -> dict[str, Any]:
        endpoint = (await self._discovery())["token_endpoint"]
        secret = self._settings.portal_client_secret
        if not secret:
            raise SettingMissing("TERA_PORTAL_CLIENT_SECRET", "the portal's secret at the issuer")
        client = {"client_id": self._client_id, "client_secret": secret}
        try:
            answer = await self._http.post(endpoint, data={**form, **client})
        except httpx.TransportError as error:
            raise temporarily_unavailable() from error
        if answer.status_code >= 500:
            raise temporarily_unavailable()
        if not answer.is_success:
            raise SignInRefused(_error_code(answer))
        tokens: dict[str, Any] = answer.json()
        return tokens

    async def _identity(self, token: str, *, nonce: str) -> dict[str, Any]:
        """The claims of an id token that is the issuer's, for us, and for this attempt."""
        try:
            key = await self._verifier.jwks.key(jwt.get_unverified_header(token).get("kid"))
            if key.algorithm_name not in ALGORITHMS:
                raise SignInRefused("the id token is signed in a way that is not accepted")
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=self._client_id,
                issuer=self._verifier.issuer,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except (jwt.InvalidTokenError, UnknownKey) as error:
            raise SignInRefused(f"the id token is not valid: {type(error).__name__}") from error
        if claims.get("nonce") != nonce:
            raise SignInRefused("the id token belongs to another attempt")
        return claims

    async def _discovery(self) -> Mapping[str, Any]:
        if self._found and time.monotonic() - self._found_at < _DISCOVERY_SECONDS:
            return self._found
        try:
            answer = await self._http.get(f"{self.name}/.well-known/openid-configuration")
            answer.raise_for_status()
            document: dict[str, Any] = answer.json()
            if str(document["issuer"]).rstrip("/") != self.name:
                raise ValueError("discovery names another issuer")
            self._found, self._found_at = document, time.monotonic()
        except (httpx.HTTPError, ValueError, KeyError) as error:
            log.warning(
                "The issuer does not tell its addresses",
                action="portal.issuer_away",
                error=f"{type(error).__name__}: {error}",
            )
            if not self._found:
                raise temporarily_unavailable() from error
        return self._found

    @property
    def _client_id(self) -> str:
        if not self._settings.portal_client_id:
            raise SettingMissing("TERA_PORTAL_CLIENT_ID", "the portal's id at the issuer")
        return self._settings.portal_client_id

    @property
    def _redirect_uri(self) -> str:
        return f"{self._settings.service_http('portal')}/sign-in/callback"


def _error_code(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("error", answer.status_code))
    except (ValueError, AttributeError):
        return str(answer.status_code)


def not_signed_in() -> Problem:
    """Shown as the way to the sign-in."""
    return Problem(401, "not-signed-in", title="Not signed in", detail="Sign in first.")

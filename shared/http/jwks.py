"""The issuer's public keys: found by discovery, cached, refreshed when a key is unknown or the
cache is old.
"""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any, Final

import httpx
import jwt
import structlog

from shared.http.problems import Problem

ALGORITHMS: Final = frozenset({"RS256", "ES256", "EdDSA"})

_TIMEOUT_SECONDS: Final = 5.0
_BETWEEN_REFRESHES_SECONDS: Final = 10.0
_OLD_AFTER_SECONDS: Final = 600.0

log = structlog.get_logger()


class UnknownKey(Exception):  # noqa: N818 - names what was asked for
    """The issuer has no such key."""


class Jwks:
    """Keys of one issuer. A refresh runs once however many wait for it; keys survive an issuer that
    is down.
    """

    def __init__(self, issuer: str, *, clock: Callable[[], float] = monotonic) -> None:
        self._issuer = issuer.rstrip("/")
        self._clock = clock
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._refreshing: asyncio.Task[None] | None = None

    async def key(self, kid: str | None) -> jwt.PyJWK:
        """The key of a token's header, `UnknownKey`, or the 503 Problem while no keys were ever
        had.
        """
        found = self._find(kid)
        if found is None and self._may_refresh():
            await asyncio.shield(self._refresh())
            found = self._find(kid)
        elif self._is_old() and self._may_refresh():
            self._refresh()
        if found is not None:
            return found
        if not self._keys:
            raise _no_keys()
        raise UnknownKey

    def _find(self, kid: str | None) -> jwt.PyJWK | None:
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(kid)

    def _is_old(self) -> bool:
        return self._fetched_at is None or self._clock() - self._fetched_at > _OLD_AFTER_SECONDS

    def _may_refresh(self) -> bool:
        """Unknown key ids cost the issuer at most one request each 10 seconds; a refresh under way
        is joined.
        """
        return (
            self._refreshing is not None
            or self._tried_at is None
            or self._clock() - self._tried_at >= _BETWEEN_REFRESHES_SECONDS
        )

    def _refresh(self) -> asyncio.Task[None]:
        if self._refreshing is None:
            self._tried_at = self._clock()
            self._refreshing = asyncio.create_task(self._fetch_and_keep())
        return self._refreshing

    async def _fetch_and_keep(self) -> None:
        try:
            self._keys = await self._fetch()
            self._fetched_at = self._clock()
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning(
                "The token issuer did not give its keys; the known ones stay in use",
                action="auth.keys_unavailable",
                issuer=self._issuer,
                known=len(self._keys),
                error=f"{type(error).__name__}: {error}",
            )
        finally:
            self._refreshing = None

    async def _fetch(self) -> dict[str | None, jwt.PyJWK]:
        # Made in a thread: loading the trusted certificates would hold up every request for 0.1 s.
        async with await asyncio.to_thread(httpx.AsyncClient, timeout=_TIMEOUT_SECONDS) as client:
            document = await _json(client, f"{self._issuer}/.well-known/openid-configuration")
            if str(document["issuer"]).rstrip("/") != self._issuer:
                raise ValueError(f"discovery names another issuer: {document['issuer']}")
            found = await _json(client, document["jwks_uri"])
        keys = {key.key_id: key for key in map(_usable, found["keys"]) if key is not None}
        if not keys:
            raise ValueError("the issuer lists no key for " + ", ".join(sorted(ALGORITHMS)))
        return keys


async def _json(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    response = await client.get(url)
    response.raise_for_status()
    document: dict[str, Any] = response.json()
    return document


def _usable(jwk: dict[str, Any]) -> jwt.PyJWK | None:
    """The key when it is a signing key of an allowed algorithm; others may stand beside it."""
    if jwk.get("use", "sig") != "sig":
        return None
    try:
        key = jwt.PyJWK(jwk)
    except jwt.PyJWKError:
        return None
    return key if key.algorithm_name in ALGORITHMS else None


def _no_keys() -> Problem:
    return Problem(
        503,
        "temporarily-unavailable",
        title="Tokens cannot be checked for the moment",
        detail="The token issuer does not answer. Send the same request again in a few seconds.",
        headers={"retry-after": "5"},
    )

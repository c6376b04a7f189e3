"""Asks the registry where people are reached, with this service's own credentials."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from time import monotonic
from typing import Any, Final
from uuid import UUID

import httpx

from services.notification.addresses.rules import Contact

MOST_AT_ONCE: Final = 500
KEPT_SECONDS: Final = 120.0
"""How long an answer is believed: somebody who corrects an address soon gets messages there."""
_KEPT: Final = 2_000
_TIMEOUT_SECONDS: Final = 5.0
_TOGETHER_SECONDS: Final = 15.0
"""For a question with all that it takes, the wait for a token too."""
_BEFORE_EXPIRY_SECONDS: Final = 30.0


class Unavailable(Exception):  # noqa: N818 - says what is the matter
    """Registry or issuer cannot be asked now; the message says which, and no more."""


class Token:
    """An access token by client credentials, fetched anew shortly before it expires."""

    def __init__(
        self,
        issuer: str,
        *,
        client_id: str,
        client_secret: str,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._issuer = issuer.rstrip("/")
        self._form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
        }
        self._clock = clock
        self._token = ""
        self._good_until = float("-inf")
        self._turn = asyncio.Lock()

    async def get(self, http: httpx.AsyncClient) -> str:
        """One asks the issuer, the others wait. Raises `Unavailable` while it does not give one."""
        async with self._turn:
            if self._clock() >= self._good_until:
                await self._fetch(http)
            return self._token

    async def _fetch(self, http: httpx.AsyncClient) -> None:
        discovery = await http.get(f"{self._issuer}/.well-known/openid-configuration")
        if discovery.status_code != httpx.codes.OK:
            raise Unavailable(f"the issuer's discovery answers {discovery.status_code}")
        asked = self._clock()
        answer = await http.post(discovery.json()["token_endpoint"], data=self._form)
        if answer.status_code != httpx.codes.OK:
            raise Unavailable(f"the issuer's token endpoint answers {answer.status_code}")
        document = answer.json()
        self._token = document["access_token"]
        lives = float(document.get("expires_in", 60))
        self._good_until = asked + max(lives - _BEFORE_EXPIRY_SECONDS, lives / 2)

    def forget(self) -> None:
        """It was not accepted."""
        self._good_until = float("-inf")


class Addresses:
    """A few minutes of memory before the registry's lookup; people it does not know have no
    contact."""

    def __init__(
        self,
        registry: str,
        token: Token,
        *,
        clock: Callable[[], float] = monotonic,
        kept_seconds: float = KEPT_SECONDS,
    ) -> None:
        self._registry = registry.rstrip("/")
        self._token = token
        self._clock = clock
        self._kept_seconds = kept_seconds
        # Made once: reading certificates takes longer than a lookup.
        self._tls = httpx.create_ssl_context()
        self._kept: OrderedDict[tuple[UUID, UUID], tuple[float, Contact]] = OrderedDict()

    async def of(self, tenant: UUID, people: Collection[UUID]) -> Mapping[UUID, Contact]:
        """Contacts of those whom the registry knows. Raises `Unavailable`."""
        now = self._clock()
        found: dict[UUID, Contact] = {}
        for person in people:
            until, contact = self._kept.get((tenant, person), (now, None))
            if until > now and contact is not None:
                found[person] = contact
        missing = sorted(set(people) - found.keys())
        for start in range(0, len(missing), MOST_AT_ONCE):
            for contact in await self._ask(tenant, missing[start : start + MOST_AT_ONCE]):
                found[contact.person_id] = contact
                self._kept[tenant, contact.person_id] = (now + self._kept_seconds, contact)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return found

    async def _ask(self, tenant: UUID, people: list[UUID]) -> list[Contact]:
        body = {"tenant_id": str(tenant), "person_ids": [str(person) for person in people]}
        try:
            async with (
                asyncio.timeout(_TOGETHER_SECONDS),
                httpx.AsyncClient(
                    timeout=_TIMEOUT_SECONDS, trust_env=False, verify=self._tls
                ) as http,
            ):
                answer = await self._post(http, body)
                if answer.status_code == httpx.codes.UNAUTHORIZED:  # its keys changed: once more
                    self._token.forget()
                    answer = await self._post(http, body)
            if answer.status_code != httpx.codes.OK:
                raise Unavailable(f"the registry answers {answer.status_code}")
            items = answer.json()["items"]
            return [Contact(**{**item, "person_id": UUID(item["person_id"])}) for item in items]
        except (httpx.HTTPError, TimeoutError) as error:
            raise Unavailable(f"no answer: {type(error).__name__}") from None
        except (KeyError, TypeError, ValueError):
            raise Unavailable("an answer that is not understood") from None

    async def _post(self, http: httpx.AsyncClient, body: dict[str, Any]) -> httpx.Response:
        token = await self._token.get(http)
        return await http.post(
            f"{self._registry}/v1/contact-points/lookup",
            json=body,
            headers={"authorization": f"Bearer {token}"},
        )

"""Speaks to the services as any client does, and is patient where they ask for patience."""

import asyncio
import itertools
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, Self
from uuid import UUID

import httpx

from cli.errors import UserError
from cli.token import request_token
from shared.settings import Settings

_PATIENCE: Final = 60.0
_POOLS: Final = 16
"""Each request looks through all connections of its pool: many small pools cost a third of one."""
_SETTLING: Final = frozenset(
    f"urn:tera:problem:unknown-{what}" for what in ("tenant", "unit", "service", "officer")
)
"""What was registered a moment ago is known to the other services a moment later."""


class RefusedError(UserError):
    """A service refused; `slug` names the problem, the message is the service's own sentence."""

    def __init__(self, answer: httpx.Response) -> None:
        try:
            problem: dict[str, Any] = answer.json()
        except ValueError:
            problem = {"detail": answer.text[:200]}
        self.slug = str(problem.get("type", "")).rpartition(":")[2]
        request = f"{answer.request.method} {answer.request.url}"
        wrong = "; ".join(f"{e['field']} {e['problem']}" for e in problem.get("errors", []))
        said = " ".join(str(part) for part in (problem.get("detail"), wrong) if part)
        super().__init__(f"{request} was refused with {answer.status_code}: {said}")


class Client:
    """All services of one environment, by their TERA_<SERVICE>_HTTP addresses."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._settings = Settings(
            oidc_issuer=environment["TERA_OIDC_ISSUER"],
            dev_client_secret=environment.get("TERA_DEV_CLIENT_SECRET"),
        )
        certificates = httpx.create_ssl_context()
        self._pools = [
            httpx.AsyncClient(timeout=30, trust_env=False, verify=certificates)
            for _ in range(_POOLS)
        ]
        self._turns = itertools.cycle(self._pools)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for pool in self._pools:
            await pool.aclose()

    def address(self, service: str, path: str) -> str:
        """The full address of a service's path."""
        return self._environment[f"TERA_{service.upper()}_HTTP"] + path

    async def login(self, *roles: str, tenant: UUID | None = None) -> "Login":
        """Get a token of the local issuer. Raise `UserError` or `SettingMissing`."""
        token = await asyncio.to_thread(request_token, self._settings, list(roles), tenant=tenant)
        return Login(self, {"authorization": f"Bearer {token}"})

    async def send(
        self,
        method: str,
        url: str,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Any:
        """The JSON that a service answers.

        Tries again while it is away, or has not heard yet of what another one registered. Raise
        `RefusedError`, or `httpx.TransportError` when the patience is over.
        """
        limit = time.monotonic() + _PATIENCE
        while True:
            try:
                answer = await next(self._turns).request(
                    method, url, json=body, headers=headers, params=params
                )
            except httpx.TransportError:
                if time.monotonic() > limit:
                    raise
                await asyncio.sleep(0.2)
                continue
            if answer.is_success:
                return answer.json()
            if time.monotonic() > limit or not _passes(answer):
                raise RefusedError(answer)
            await asyncio.sleep(0.05)


class Login:
    """A client with a token."""

    def __init__(self, client: Client, headers: Mapping[str, str]) -> None:
        self.client = client
        self._headers = dict(headers)

    async def get(self, service: str, path: str, /, **params: Any) -> Any:
        """GET; parameters that are None are left out."""
        given = {name: value for name, value in params.items() if value is not None}
        url = self.client.address(service, path)
        return await self.client.send("GET", url, headers=self._headers, params=given)

    async def post(self, service: str, path: str, body: Any = None) -> Any:
        """POST; without a body nothing is sent as body."""
        url = self.client.address(service, path)
        return await self.client.send("POST", url, headers=self._headers, body=body)

    async def put(self, service: str, path: str, body: Any) -> Any:
        """PUT the whole state of something."""
        url = self.client.address(service, path)
        return await self.client.send("PUT", url, headers=self._headers, body=body)

    async def all(self, service: str, path: str, /, **params: Any) -> list[Any]:
        """Every item of a list, page by page."""
        items: list[Any] = []
        cursor = None
        while True:
            page = await self.get(service, path, limit=200, cursor=cursor, **params)
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items


def _passes(answer: httpx.Response) -> bool:
    if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        return True
    try:
        return answer.json().get("type") in _SETTLING
    except (ValueError, AttributeError):
        return False

"""One POST to an address that a tenant named, and what came of it."""

import asyncio
import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final
from urllib.parse import urlsplit

import httpx

from services.notification.deliveries.rules import ACCEPTED, Result, Verdict
from services.notification.outbound.rules import may_send_to

TIMEOUT_SECONDS: Final = 10.0
"""For everything together: whoever answers a byte a second gets no more."""
_NAMES_AT_ONCE: Final = 32
"""As many as messages are handed over at once: a tenant whose names are slow leaves others some."""

_TIMEOUT: Final = Result("timeout", Verdict.LATER)
_UNREACHABLE: Final = Result("connection_failed", Verdict.LATER)
_LOST: Final = Result("connection_lost", Verdict.LATER)
_FORBIDDEN: Final = Result("address_forbidden", Verdict.NEVER)


class _ForbiddenError(Exception):
    """The host leads into a network that is none of the tenant's business."""


class Outbound:
    """Sends to public addresses only; with ``loopback``, on a developer's machine, to itself too.

    The host is resolved here and the connection made to the very address that was looked at: a name
    that changes its address in between leads nowhere else. Redirects are not followed, proxies of
    the environment not used, and no connection or cookie of one receiver serves another.
    """

    def __init__(self, *, loopback: bool, timeout: float = TIMEOUT_SECONDS) -> None:
        self._loopback = loopback
        self._timeout = timeout
        # Made once: reading certificates takes longer than a message.
        self._tls = httpx.create_ssl_context()
        # Its own: a tenant's slow names must not keep the process from finding its database.
        self._resolver = ThreadPoolExecutor(_NAMES_AT_ONCE, "resolve")

    def close(self) -> None:
        """Resolve no more names."""
        self._resolver.shutdown(wait=False, cancel_futures=True)

    async def post(self, url: str, *, headers: Mapping[str, str], content: bytes) -> Result:
        """What the receiver made of it; never raises for what the receiver does."""
        try:
            async with asyncio.timeout(self._timeout):
                return _of_status(await self._post(url, headers, content))
        except _ForbiddenError:
            return _FORBIDDEN
        except (TimeoutError, httpx.TimeoutException):
            return _TIMEOUT
        except (httpx.ConnectError, OSError):
            return _UNREACHABLE
        except httpx.HTTPError:
            return _LOST

    async def _post(self, url: str, headers: Mapping[str, str], content: bytes) -> int:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        failure: httpx.ConnectError | None = None
        for address in await self._addresses(host, port):
            place = f"[{address}]" if ":" in address else address
            target = parts._replace(netloc=f"{place}:{port}").geturl()
            try:
                async with (
                    httpx.AsyncClient(
                        verify=self._tls, trust_env=False, timeout=self._timeout
                    ) as client,
                    client.stream(
                        "POST",
                        target,
                        content=content,
                        headers={**headers, "host": parts.netloc},
                        extensions={"sni_hostname": host},
                    ) as answer,
                ):
                    return answer.status_code
            except httpx.ConnectError as error:  # nothing was sent: the next address may answer
                failure = error
        raise failure or httpx.ConnectError("the host has no address")

    async def _addresses(self, host: str, port: int) -> list[str]:
        found = await asyncio.get_running_loop().run_in_executor(
            self._resolver, partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        )
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not all(may_send_to(address, loopback=self._loopback) for address in addresses):
            raise _ForbiddenError
        return addresses


def _of_status(status: int) -> Result:
    """Slugs are few: the log and the metric need the kind, not the number."""
    if 200 <= status < 300:
        return ACCEPTED
    if status in {408, 429}:
        return Result(f"http_{status}", Verdict.LATER)
    if status >= 500:
        return Result("http_5xx", Verdict.LATER)
    return Result(f"http_{status // 100}xx", Verdict.NEVER)

"""Handing mails to the installation's mail server."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from services.notification.deliveries.rules import ACCEPTED, UNKNOWN, Result, Verdict

TIMEOUT_SECONDS: Final = 30.0
"""For one answer of the mail server. Long after the mail's end: whoever hangs up too early sends
it twice."""

_SCHEMES: Final = {"smtp": (False, False), "smtps": (True, False), "smtp+starttls": (False, True)}

_TEMPORARY: Final = Result("smtp_temporary", Verdict.LATER)
_PERMANENT: Final = Result("smtp_permanent", Verdict.NEVER)
_UNREACHABLE: Final = Result("connection_failed", Verdict.LATER)
_LOST: Final = Result("connection_lost", Verdict.LATER)
_TIMEOUT: Final = Result("timeout", Verdict.LATER)
_UNKNOWN: Final = Result(UNKNOWN, Verdict.LATER)


class BadSmtpUrl(ValueError):  # noqa: N818 - it reads as a sentence
    """TERA_SMTP_URL is no address of a mail server; the message says what one looks like."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails go, and how: ``smtp://``, ``smtps://`` or ``smtp+starttls://``."""

    host: str
    port: int | None
    tls: bool
    starttls: bool
    user: str | None
    password: str | None

    @classmethod
    def parse(cls, url: str) -> "MailServer":
        """Of ``smtp://[user:password@]host[:port]``. Raises `BadSmtpUrl`."""
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES or not parts.hostname:
            raise BadSmtpUrl(
                "TERA_SMTP_URL must be smtp://host:port, smtps://… or smtp+starttls://…, with "
                "user:password@ before the host where the server wants it."
            )
        tls, starttls = _SCHEMES[parts.scheme]
        user = unquote(parts.username) if parts.username else None
        password = unquote(parts.password or "") if user else None
        return cls(parts.hostname, parts.port, tls, starttls, user, password)


class Mailer:
    """Keeps as many connections as are used at the same time, and hands one mail after the other
    over each of them."""

    def __init__(self, server: MailServer, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._server = server
        self._timeout = timeout
        self._idle: list[aiosmtplib.SMTP] = []

    async def hand_over(self, mail: bytes, *, sender: str, recipient: str) -> Result:
        """What the mail server made of it; never raises for what the server does.

        Takes five times the timeout at most, which is less than the lease of a delivery.
        """
        client: aiosmtplib.SMTP | None = None
        try:
            async with asyncio.timeout(2 * self._timeout):
                client = await self._connected()
                await client.mail(sender)
                await client.rcpt(recipient)
        except aiosmtplib.SMTPResponseException as error:
            if client is None:
                # It does not let us in: that is for the operators to mend, not the mail's end.
                return _UNREACHABLE
            await self._keep(client)
            if isinstance(error, aiosmtplib.SMTPSenderRefused):
                # It is us it refuses, not this mail: that is for the operators to mend, too.
                return _TEMPORARY
            return _of_code(error.code)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            if client is not None:
                client.close()
            if isinstance(error, TimeoutError):
                return _TIMEOUT
            return _UNREACHABLE if client is None else _LOST
        return await self._data(client, mail)

    async def rest(self) -> None:
        """Say goodbye on all connections that are not used: nothing is waiting."""
        idle, self._idle = self._idle, []
        for client in idle:
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=2)
            client.close()

    async def _data(self, client: aiosmtplib.SMTP, mail: bytes) -> Result:
        try:
            await client.data(mail)
        except aiosmtplib.SMTPDataError as error:
            await self._keep(client)
            return _of_code(error.code)
        except (aiosmtplib.SMTPException, OSError):
            # It may have been accepted: the answer is what did not arrive.
            client.close()
            return _UNKNOWN
        self._idle.append(client)
        return ACCEPTED

    async def _connected(self) -> aiosmtplib.SMTP:
        while self._idle:
            client = self._idle.pop()
            try:
                await client.noop()
            except (aiosmtplib.SMTPException, OSError):
                client.close()
            else:
                return client
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.tls,
            start_tls=server.starttls,
            timeout=self._timeout,
            # Asking the network for one's own name can take seconds and helps nobody.
            local_hostname="tera",
        )
        try:
            await client.connect()
        except BaseException:
            client.close()
            raise
        return client

    async def _keep(self, client: aiosmtplib.SMTP) -> None:
        """For the next mail, once the server has forgotten this one."""
        try:
            await client.rset()
        except (aiosmtplib.SMTPException, OSError):
            client.close()
        else:
            self._idle.append(client)


def _of_code(code: int) -> Result:
    return _PERMANENT if 500 <= code < 600 else _TEMPORARY

"""Real servers that misbehave as they are told: a mail server and a receiver of HTTP."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.shared.serving import serving

Act = Callable[[], Awaitable[None]]


@dataclass
class MailServer:
    """Accepts mails, unless `script` says what to do with the next one.

    An answer (`451 later`) is given instead; with `rcpt ` before it already to the recipient,
    with `mail ` to the sender.
    `die` accepts and breaks the connection off before answering; `hang` never answers until
    `released`. A function is run after the mail was accepted and before it is answered.
    """

    port: int = 0
    script: deque[str | Act] = field(default_factory=deque)
    accepted: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    sessions: int = 0
    hanging: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def ids(self) -> list[str]:
        return [str(mail["message-id"]) for mail in self.accepted]

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session
        if self.script and str(self.script[0]).startswith("mail "):
            return str(self.script.popleft()).removeprefix("mail ")
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 ok"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if self.script and str(self.script[0]).startswith("rcpt "):
            return str(self.script.popleft()).removeprefix("rcpt ")
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Envelope) -> str:  # noqa: N802
        del session
        act = self.script.popleft() if self.script else "accept"
        if act == "hang":
            self.hanging += 1
            await self.released.wait()
            return "451 too late"
        if isinstance(act, str) and act not in {"accept", "die"}:
            return act
        content = envelope.original_content or b""
        mail = message_from_bytes(content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.accepted.append(mail)
        self.envelopes.append((str(envelope.mail_from), [str(to) for to in envelope.rcpt_tos]))
        if act == "die":
            assert server.transport is not None
            server.transport.abort()
        elif not isinstance(act, str):
            await act()
        return "250 ok"

    def session(self) -> SMTP:
        self.sessions += 1
        return SMTP(self, hostname="localhost", enable_SMTPUTF8=False)


@asynccontextmanager
async def mail_server(*, port: int = 0) -> AsyncIterator[MailServer]:
    mails = MailServer()
    server = await asyncio.get_running_loop().create_server(mails.session, "127.0.0.1", port)
    mails.port = server.sockets[0].getsockname()[1]
    try:
        yield mails
    finally:
        mails.released.set()
        server.close()


@dataclass
class Receiver:
    """Answers 204, unless `script` says which status comes next; `hang` answers once released."""

    url: str = ""
    script: deque[int | str] = field(default_factory=deque)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    hanging: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: Request) -> Response:
        body = await request.body()
        self.got.append((dict(request.headers), body))
        act = self.script.popleft() if self.script else 204
        if act == "hang":
            self.hanging += 1
            await self.released.wait()
            act = 204
        away = {"location": "http://127.0.0.1:1/elsewhere"} if act == 302 else None
        return Response(status_code=int(act), headers=away)


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    receiving = Receiver()
    app = Starlette(routes=[Route("/{path:path}", receiving.take, methods=["POST"])])
    async with serving(app) as url:
        receiving.url = f"{url}/hook"
        try:
            yield receiving
        finally:
            receiving.released.set()

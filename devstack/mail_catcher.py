"""Catches every mail and shows it to browsers: `python -m devstack.mail_catcher`.

Nothing leaves the machine, so a demo may write to anybody. The newest mails are kept in memory.
"""

import argparse
import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import escape
from typing import Any, Final

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

_KEPT: Final = 500
_LARGEST: Final = 262_144
_STYLE: Final = "font: 16px/1.5 system-ui; max-width: 60rem; margin: 2rem auto; padding: 0 1rem"


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it came, and to whom the envelope said it goes."""

    number: int
    caught_at: datetime
    recipients: tuple[str, ...]
    source: bytes

    @property
    def message(self) -> EmailMessage:
        parsed = message_from_bytes(self.source, policy=default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    def body(self, kind: str) -> str:
        """The text of the kind `plain` or `html`, or nothing."""
        part = self.message.get_body((kind,))
        return str(part.get_content()).replace("\r\n", "\n") if part else ""

    def shown(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "caught_at": self.caught_at.isoformat(),
            "to": list(self.recipients),
            "from": self.message["from"],
            "subject": self.message["subject"],
            "message_id": self.message["message-id"],
            "text": self.body("plain"),
        }


class Mailbox:
    """The newest mails; takes them as aiosmtpd's handler."""

    def __init__(self) -> None:
        self._mails: deque[Mail] = deque(maxlen=_KEPT)
        self._caught = 0

    async def handle_DATA(  # noqa: N802 - aiosmtpd looks for this name
        self, server: SMTP, session: object, envelope: Envelope
    ) -> str:
        del server, session
        self._caught += 1
        content = envelope.original_content or b""
        recipients = tuple(str(each) for each in envelope.rcpt_tos)
        self._mails.append(Mail(self._caught, datetime.now(UTC), recipients, content))
        return "250 caught"

    def newest_first(self) -> list[Mail]:
        return list(reversed(self._mails))

    def mail(self, number: int) -> Mail | None:
        return next((mail for mail in self._mails if mail.number == number), None)


def catcher_app(smtp_port: int) -> Starlette:
    """Return the pages; while they are served, mails are taken at `smtp_port`."""
    mailbox = Mailbox()

    @asynccontextmanager
    async def catching(_: Starlette) -> AsyncIterator[None]:
        def session() -> SMTP:  # with a name: else it asks the network for one
            return SMTP(mailbox, hostname="localhost", data_size_limit=_LARGEST)

        server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", smtp_port)
        try:
            yield
        finally:
            server.close()

    async def listing(_: Request) -> Response:
        return HTMLResponse(_listing(mailbox.newest_first()))

    async def as_json(_: Request) -> Response:
        return JSONResponse({"items": [mail.shown() for mail in mailbox.newest_first()]})

    async def one(request: Request) -> Response:
        mail = mailbox.mail(request.path_params["number"])
        return HTMLResponse(_page(mail)) if mail else PlainTextResponse("no such mail", 404)

    async def source(request: Request) -> Response:
        mail = mailbox.mail(request.path_params["number"])
        return PlainTextResponse(mail.source if mail else b"", 200 if mail else 404)

    return Starlette(
        routes=[
            Route("/", listing),
            Route("/mails.json", as_json),
            Route("/mails/{number:int}", one),
            Route("/mails/{number:int}/source", source),
        ],
        lifespan=catching,
    )


def _listing(mails: list[Mail]) -> str:
    rows = "".join(
        f"<tr><td>{mail.caught_at:%H:%M:%S}<td>{escape(', '.join(mail.recipients))}"
        f'<td><a href="/mails/{mail.number}">{escape(str(mail.message["subject"]))}</a>'
        for mail in mails
    )
    head = "<tr><th align=left>UTC<th align=left>to<th align=left>subject"
    table = f'<table cellpadding="6">{head}{rows}</table>' if mails else "<p>No mail yet."
    return _document("Caught mails", table, refresh='<meta http-equiv="refresh" content="5">')


def _page(mail: Mail) -> str:
    subject = escape(str(mail.message["subject"]))
    envelope = f"from {escape(str(mail.message['from']))} to {escape(', '.join(mail.recipients))}"
    page = f'<p>{envelope}, <a href="/mails/{mail.number}/source">source</a>'
    page += f'<pre style="white-space: pre-wrap">{escape(mail.body("plain"))}</pre>'
    if html := mail.body("html"):
        frame = 'sandbox title="HTML" style="width: 100%; height: 32rem"'
        page += f'<iframe {frame} srcdoc="{escape(html)}"></iframe>'
    return _document(subject, page)


def _document(title: str, content: str, *, refresh: str = "") -> str:
    head = f'<meta charset="utf-8">{refresh}<title>{title}</title>'
    return f'<!doctype html><html lang="en">{head}<body style="{_STYLE}"><h1>{title}</h1>{content}'


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m devstack.mail_catcher", description=__doc__)
    arguments.add_argument("--smtp-port", type=int, required=True, help="loopback port for mail")
    arguments.add_argument("--http-port", type=int, required=True, help="loopback port for pages")
    given = arguments.parse_args()
    app = catcher_app(given.smtp_port)
    uvicorn.run(app, port=given.http_port, log_level="warning", timeout_graceful_shutdown=2)


if __name__ == "__main__":
    main()

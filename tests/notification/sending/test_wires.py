"""What goes over the wire: TLS by the name that was meant, logins, tokens kept for their time."""

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from services.notification.addresses.client import Addresses, Token, Unavailable
from services.notification.emails.sender import BadSmtpUrl, Mailer
from services.notification.emails.sender import MailServer as Server
from services.notification.outbound.sender import Outbound
from services.notification.sealing import Seal, Unreadable
from tests.notification.sending.certificates import serving_tls
from tests.notification.sending.servers import MailServer
from tests.shared.serving import serving

MAIL = b"From: a@kota.example\r\nTo: b@kota.example\r\nSubject: x\r\n\r\nx\r\n"


@asynccontextmanager
async def https(context: ssl.SSLContext) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server of HTTP over TLS that answers 204; its port and the heads of the requests."""
    heads: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1], heads


@pytest.mark.parametrize(
    ("certified", "slug"), [("localhost", "accepted"), ("elsewhere.example", "connection_failed")]
)
async def test_https_trusts_the_name_and_not_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, certified: str, slug: str
) -> None:
    authority, context = serving_tls(tmp_path, certified)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    async with https(context) as (port, heads):
        result = await Outbound(loopback=True).post(
            f"https://localhost:{port}/hook?a=b", headers={"x-own": "1"}, content=b"{}"
        )
    assert result.slug == slug
    if slug == "accepted":
        (head,) = heads
        assert head.startswith(b"POST /hook?a=b HTTP/1.1\r\n")
        assert f"host: localhost:{port}".encode() in head.lower()
    else:
        assert heads == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # inside TLS, which it does not see
@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
async def test_mail_goes_encrypted_and_with_a_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    authority, context = serving_tls(tmp_path, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    mails = MailServer()

    def check(_: Any, __: Any, ___: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        right = (data.login, data.password) == (b"tera", b"p@ss")
        return AuthResult(success=right, handled=False)

    def session() -> SMTP:
        mails.sessions += 1
        started = {"tls_context": context} if scheme == "smtp+starttls" else {}
        return SMTP(
            mails,
            hostname="localhost",
            authenticator=check,
            auth_required=True,
            auth_require_tls=bool(started),
            **started,
        )

    server = await asyncio.get_running_loop().create_server(
        session, "127.0.0.1", 0, ssl=context if scheme == "smtps" else None
    )
    port = server.sockets[0].getsockname()[1]
    slugs = []
    for password in ("p%40ss", "wrong"):
        mailer = Mailer(Server.parse(f"{scheme}://tera:{password}@localhost:{port}"), timeout=5)
        for _ in range(2):
            result = await mailer.hand_over(
                MAIL, sender="a@kota.example", recipient="b@kota.example"
            )
            slugs.append(result.slug)
        await mailer.rest()
    server.close()
    assert slugs == ["accepted", "accepted", "connection_failed", "connection_failed"]
    assert (len(mails.accepted), mails.sessions) == (2, 3)


@pytest.mark.parametrize("url", ["mail.kota.example", "http://mail.kota.example", "smtp://"])
def test_a_bad_address_of_the_mail_server_is_explained(url: str) -> None:
    with pytest.raises(BadSmtpUrl, match="smtp://host:port"):
        Server.parse(url)


class Elsewhere:
    """An issuer and a registry in one, with a clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.tokens = self.lookups = 0
        self.refuse: set[str] = set()
        self.url = ""
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/token", self.token, methods=["POST"]),
                Route("/v1/contact-points/lookup", self.look_up, methods=["POST"]),
            ]
        )

    async def discovery(self, _: Request) -> JSONResponse:
        return JSONResponse({"token_endpoint": f"{self.url}/token"})

    async def token(self, request: Request) -> JSONResponse:
        form = await request.form()
        assert (form["grant_type"], form["client_id"]) == ("client_credentials", "notification")
        self.tokens += 1
        return JSONResponse({"access_token": f"token-{self.tokens}", "expires_in": 300})

    async def look_up(self, request: Request) -> JSONResponse:
        self.lookups += 1
        if request.headers["authorization"].removeprefix("Bearer ") in self.refuse:
            return JSONResponse({}, 401)
        asked = (await request.json())["person_ids"]
        assert len(asked) <= 500
        fields = {"name": "Siti", "email": None, "phone": None, "language": "id"}
        return JSONResponse({"items": [fields | {"person_id": person} for person in asked]})

    def addresses(self) -> Addresses:
        token = Token(self.url, client_id="notification", client_secret="s", clock=lambda: self.now)
        return Addresses(self.url, token, clock=lambda: self.now)


async def test_tokens_and_addresses_are_kept_for_a_while() -> None:
    elsewhere = Elsewhere()
    async with serving(elsewhere.app) as elsewhere.url:
        addresses = elsewhere.addresses()
        tenant, people = uuid4(), [uuid4() for _ in range(1200)]
        assert set(await addresses.of(tenant, people)) == set(people)
        assert (elsewhere.lookups, elsewhere.tokens) == (3, 1)
        await addresses.of(tenant, people[:500])
        assert elsewhere.lookups == 3
        await addresses.of(uuid4(), people[:1])  # another tenant's person is another person
        elsewhere.now = 121
        await addresses.of(tenant, people[:500])
        assert (elsewhere.lookups, elsewhere.tokens) == (5, 1)
        elsewhere.now = 271  # half a minute before the token ends
        await addresses.of(tenant, people[:1])
        assert elsewhere.tokens == 2
        elsewhere.refuse = {"token-2"}
        elsewhere.now = 400
        await addresses.of(tenant, people[:1])
        assert elsewhere.tokens == 3
        elsewhere.refuse |= {"token-3", "token-4"}
        elsewhere.now = 530
        with pytest.raises(Unavailable, match="401"):
            await addresses.of(tenant, people[:1])


async def test_one_asks_for_a_token_and_the_others_wait() -> None:
    elsewhere = Elsewhere()
    async with serving(elsewhere.app) as elsewhere.url:
        addresses = elsewhere.addresses()
        await asyncio.gather(*(addresses.of(uuid4(), [uuid4()]) for _ in range(5)))
    assert (elsewhere.lookups, elsewhere.tokens) == (5, 1)


async def test_slow_names_of_tenants_hold_up_no_other_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolve, answered = socket.getaddrinfo, threading.Event()

    def slow(host: str, *rest: Any, **more: Any) -> Any:
        if host.endswith(".example"):
            answered.wait(10)
        return resolve(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    outbound = Outbound(loopback=True, timeout=0.5)
    posts = [outbound.post(f"https://{n}.example", headers={}, content=b"") for n in range(40)]
    sending = asyncio.gather(*posts)
    try:
        async with asyncio.timeout(5):
            assert {result.slug for result in await sending} == {"timeout"}
            assert await asyncio.get_running_loop().getaddrinfo("127.0.0.1", 80)
    finally:
        outbound.close()
        answered.set()


async def test_an_answer_that_is_none_means_later() -> None:
    async def nonsense(_: Request) -> JSONResponse:
        return JSONResponse(["nonsense"])

    app = Starlette(routes=[Route("/{path:path}", nonsense, methods=["GET", "POST"])])
    async with serving(app) as url:
        token = Token(url, client_id="notification", client_secret="s")
        with pytest.raises(Unavailable):
            await Addresses(url, token).of(uuid4(), [uuid4()])
    with pytest.raises(Unavailable, match=httpx.ConnectError.__name__):
        await Addresses("http://127.0.0.1:1", token).of(uuid4(), [uuid4()])


def test_a_seal_opens_in_its_place_and_with_its_key_only() -> None:
    seal = Seal("key")
    sealed = seal.close(b"secret", place="a/b")
    assert seal.open(sealed, place="a/b") == b"secret"
    assert sealed != seal.close(b"secret", place="a/b")
    for other, place, content in (
        (seal, "a/c", sealed),
        (Seal("another"), "a/b", sealed),
        (seal, "a/b", sealed[:-1]),
        (seal, "a/b", b""),
    ):
        with pytest.raises(Unreadable):
            other.open(content, place=place)

"""Requests are counted by route template, never by address."""

import httpx
from prometheus_client import generate_latest
from starlette.types import Receive, Scope, Send

from shared.http.app import create_app
from shared.http.auth import Claims, TokenVerifier
from shared.http.hot import HotRoute
from shared.http.jwks import Jwks
from shared.observability.metrics import REGISTRY


async def hot(_: Scope, __: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 201, "headers": []})
    await send({"type": "http.response.body"})


async def test_labels_are_templates() -> None:
    verifier = TokenVerifier(
        issuer="http://x", audience="tera", claims=Claims(), jwks=Jwks("http://x")
    )
    app = create_app(
        title="Test",
        service="test",
        verifier=verifier,
        hot=[HotRoute("/counted/{id}/hot", hot, {})],
    )

    @app.get("/counted/{number}")
    async def counted(number: int) -> int:
        return number

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test"
    ) as client:
        for number in range(3):
            await client.get(f"/counted/{number}")
            await client.get(f"/counted/{number}/nothing")
            await client.request("BREW", f"/counted/{number}")
            await client.post(f"/counted/{number}/hot")
        await client.get("/counted/x")
    text = generate_latest(REGISTRY).decode()
    requests = 'tera_http_requests_total{method="%s",route="%s",status="%s"} %s'
    assert requests % ("GET", "/counted/{number}", "2xx", "3.0") in text
    assert requests % ("GET", "/counted/{number}", "4xx", "1.0") in text
    assert requests % ("other", "/counted/{number}", "4xx", "3.0") in text
    assert requests % ("POST", "/counted/{id}/hot", "2xx", "3.0") in text
    assert "/counted/1" not in text
    assert (
        'tera_http_request_duration_seconds_count{method="GET",route="/counted/{number}"} 4.0'
        in text
    )

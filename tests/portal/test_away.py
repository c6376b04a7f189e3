"""The portal alone: it starts while everything else is away, and says so in its own design."""

import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.portal.app import build_api
from services.portal.cookies import SESSION
from services.portal.session import Session, Vault
from shared.settings import Settings
from tests.shared.serving import serving

NOBODY = "http://127.0.0.1:9"


def alone(**changes: Any) -> Settings:
    return Settings(
        **{
            "oidc_issuer": NOBODY,
            "registry_http": NOBODY,
            "feedback_http": NOBODY,
            "scoring_http": NOBODY,
            "notification_http": NOBODY,
            "portal_http": NOBODY,
            "portal_client_id": "portal",
            "portal_client_secret": "s" * 32,
            "portal_session_secret": "s" * 32,
        }
        | changes
    )


@pytest_asyncio.fixture(scope="module")
async def portal() -> AsyncIterator[httpx.AsyncClient]:
    app = build_api(alone())

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("a secret of the inside")

    async with serving(app) as url, httpx.AsyncClient(base_url=url, timeout=20) as visitor:
        yield visitor


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/", 200, "Rate the service"),
        ("/nowhere", 404, "Page not found"),
        ("/sign-in", 503, "unavailable"),
        ("/j/bandung/ABCDEF", 503, "unavailable"),
        ("/t/bandung/abc", 503, "unavailable"),
        ("/sign-in/callback?code=x&state=y", 403, "not signed in"),
        ("/broken", 500, "Something went wrong"),
        ("/?code=%00", 422, "could not be handled"),
    ],
)
async def test_each_answer_is_a_page_with_its_headers(
    portal: httpx.AsyncClient, path: str, status: int, said: str
) -> None:
    page = await portal.get(path, headers={"accept-language": "en"})
    assert (page.status_code, said in page.text) == (status, True), page.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "same-origin"
    assert "secret" not in page.text
    assert "style=" not in page.text
    assert ("tera_sign_in" in portal.cookies) is False
    if status == 500:
        assert page.headers["x-request-id"] in page.text


async def test_who_is_not_signed_in_needs_nothing_that_is_away(portal: httpx.AsyncClient) -> None:
    for path in ("/inbox", "/counters", "/preferences", "/inbox/stream"):
        led = await portal.get(path)
        assert (led.status_code, led.headers["location"]) == (
            303,
            f"/sign-in?next={path.replace('/', '%2F')}",
        )
    sent = await portal.post("/preferences", data={"language": "en"})
    assert sent.headers["location"] == "/sign-in?next=%2F"
    too_much = await portal.post("/j/bandung/ABCDEF", data={"comment": "x" * 70_000})
    assert (too_much.status_code, "<!doctype html>" in too_much.text) == (413, True)


async def test_who_signs_out_is_out_while_the_issuer_is_away(portal: httpx.AsyncClient) -> None:
    now = int(time.time())
    session = Session(
        subject="siti", name="Siti", tenant_id=None, person_id=None, roles=(), access_token="a",
        expires_at=now - 60, refresh_token="r", id_token="i", ends_at=now + 3600, form_token="f",
    )  # fmt: skip
    held = {"cookie": f"{SESSION}={session.sealed(Vault('s' * 32))}"}
    assert (await portal.get("/counters", headers=held)).status_code == 503
    foreign = await portal.post("/sign-out", headers=held, data={"form_token": "g"})
    assert (foreign.status_code, "set-cookie" in foreign.headers) == (403, False)
    out = await portal.post("/sign-out", headers=held, data={"form_token": "f"})
    assert (out.status_code, out.headers["location"]) == (303, "/")
    assert f'{SESSION}=""' in out.headers["set-cookie"]
    assert (await portal.post("/sign-out")).headers["location"] == "/"


async def test_files_are_kept_for_ever_under_their_own_address(portal: httpx.AsyncClient) -> None:
    page = await portal.get("/")
    address = page.text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    style = await portal.get(address)
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in style.headers["cache-control"]
    for wrong in ("/static/000000000000/tera.css", "/static/x/..%2Fapp.py", "/static/x/app.py"):
        assert (await portal.get(wrong)).status_code == 404


async def test_behind_https_cookies_are_secure_and_the_browser_stays_there() -> None:
    app = build_api(alone(portal_http="https://tera.example"))
    async with serving(app) as url, httpx.AsyncClient(base_url=url) as visitor:
        page = await visitor.get("/sign-in/callback")
        assert "max-age" in page.headers["strict-transport-security"]
        assert "Secure" in page.headers["set-cookie"]

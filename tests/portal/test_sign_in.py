"""Signing in through the local issuer, and everything that must not let anybody in."""

import time
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
import pytest_asyncio

from services.portal.cookies import SESSION, session_text
from services.portal.session import Session, Vault
from services.portal.sign_in.rules import safe_next
from tests.portal.conftest import Site, fields
from tests.support.installation import Office


@pytest_asyncio.fixture(scope="module")
async def office(site: Site) -> Office:
    return await site.running.office("andir")


def opened(site: Site, cookies: dict[str, str]) -> Session:
    vault = Vault(site.running.environment["TERA_PORTAL_SESSION_SECRET"])
    session = Session.opened(vault, session_text(cookies), now=time.time())
    assert session is not None
    return session


async def test_in_and_out_again(site: Site, office: Office) -> None:
    login = site.offer(office, "survey_officer", "employee")
    async with site.visitor() as person:
        back = await site.through_the_issuer(person, "/sign-in?next=/counters?x=1")
        assert (back.status_code, back.headers["location"]) == (303, "/counters?x=1")
        for cookie in back.headers.get_list("set-cookie"):
            assert "HttpOnly" in cookie
            assert "SameSite=lax" in cookie
        assert "Siti" not in str(person.cookies)
        session = opened(site, dict(person.cookies))
        assert (session.name, session.tenant_id) == ("Siti Aminah", str(office.tenant))
        assert (session.person_id, set(session.roles)) == (login.person, set(login.roles))
        start = await person.get("/")
        assert "Masuk sebagai Siti Aminah" in start.text
        assert start.headers["cache-control"] == "private, no-store"
        for guess in ("", "guessed", "gué"):
            foreign = await person.post("/sign-out", data={"form_token": guess})
            assert foreign.status_code == 403
        out = await person.post("/sign-out", data=fields(start.text))
        assert out.headers["location"].startswith(f"{site.issuer.url}/end-session?")
        home = await person.get(out.headers["location"])
        assert home.headers["location"] == f"{site.url}/"
        assert "Siti" not in (await person.get("/")).text
        assert not person.cookies


async def test_who_is_not_signed_in_is_led_there_and_back(site: Site, office: Office) -> None:
    site.offer(office, "survey_officer")
    async with site.visitor() as person:
        led = await person.get("/counters?cursor=x&lang=en")
        assert led.headers["location"] == "/sign-in?next=%2Fcounters%3Fcursor%3Dx%26lang%3Den"
        back = await site.through_the_issuer(person, led.headers["location"])
        assert back.headers["location"] == "/counters?cursor=x&lang=en"


async def test_a_stolen_or_forged_way_back_lets_nobody_in(site: Site, office: Office) -> None:
    site.offer(office, "survey_officer")

    async def way_back(person: object) -> str:
        away = await person.get("/sign-in")  # type: ignore[attr-defined]
        page = await person.get(away.headers["location"])  # type: ignore[attr-defined]
        form = fields(page.text) | {"login": "0"}
        chosen = await person.post(f"{site.issuer.url}/authorize", data=form)  # type: ignore[attr-defined]
        location: str = chosen.headers["location"]
        return location

    def changed(url: str, **query: str) -> str:
        parts = urlsplit(url)
        return urlunsplit(parts._replace(query=urlencode(dict(parse_qsl(parts.query)) | query)))

    async with site.visitor() as thief, site.visitor() as person:
        stolen = await way_back(person)
        assert (await thief.get(stolen)).status_code == 403
        attempts = [
            changed(stolen, state="guessed"),
            changed(stolen, state="gué"),
            changed(stolen, iss="http://127.0.0.1:9"),
            changed(stolen, code="guessed"),
        ]
        for attempt in attempts:
            stolen = await way_back(person)
            query = dict(parse_qsl(urlsplit(stolen).query))
            wrong = dict(parse_qsl(urlsplit(attempt).query))
            different = {
                k: v for k, v in wrong.items() if v in {"guessed", "gué", "http://127.0.0.1:9"}
            }
            refused = await person.get(changed(stolen, **(query | different)))
            assert refused.status_code == 403
            assert "Anda belum masuk" in refused.text
            assert SESSION not in person.cookies
            # The attempt is over: even the right address is too late.
            assert (await person.get(stolen)).status_code == 403


async def test_the_token_is_refreshed_before_it_ends(site: Site, office: Office) -> None:
    async with site.signed_in(office, "survey_officer", lifetime=20) as person:
        before = opened(site, dict(person.cookies))
        assert (await person.get("/counters")).status_code == 200
        after = opened(site, dict(person.cookies))
    assert after.access_token != before.access_token
    assert (after.form_token, after.ends_at) == (before.form_token, before.ends_at)


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        (None, "/"),
        ("/units/1?period=2026-01", "/units/1?period=2026-01"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("/\\elsewhere.example/", "/"),
        ("/\t/elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("elsewhere", "/"),
    ],
)
def test_only_pages_of_ours_are_led_to(asked: str | None, led: str) -> None:
    assert safe_next(asked) == led


def test_a_cookie_serves_only_its_purpose_and_survives_a_new_secret() -> None:
    old, new = "a" * 32, "b" * 32
    sealed = Vault(old).seal("session", {"name": "x"})
    assert Vault(f"{new} {old}").open("session", sealed) == {"name": "x"}
    assert Vault(new).open("session", sealed) is None
    assert Vault(old).open("sign-in", sealed) is None
    for broken in ("", "x", sealed[:-2], "A" + sealed[1:], "ä"):
        assert Vault(old).open("session", broken) is None

"""The whole story as people see it: a poster, a phone, a page that changes, an inbox, a mail."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from devstack.logins import ReadyLogin, write_logins
from devstack.stack import Stack
from shared.contracts import ELEMENTS
from tests.support.browser import DESK, PHONE, opened, seen
from tests.support.databases import Templates
from tests.support.installation import Installation, Office, installation
from tests.support.qr import read_qr
from tests.support.waiting import eventually

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]

HEAD, OFFICER = "Ratna Komala", "Rina Oktaviani"
AT_ONCE = 1.0
"""Seconds from the click of the citizen to the changed page, on a machine that is not busy."""


@dataclass(frozen=True)
class Town:
    """An office with a head who can be written to, and an officer; both can sign in."""

    running: Installation
    office: Office
    portal: str
    mails: str
    address: str

    async def caught(self) -> list[dict[str, Any]]:
        """The mails to the head, newest first."""
        async with httpx.AsyncClient(trust_env=False) as http:
            items: list[dict[str, Any]] = (await http.get(f"{self.mails}/mails.json")).json()[
                "items"
            ]
        return [mail for mail in items if self.address in mail["to"]]


@pytest_asyncio.fixture(scope="module")
async def running(
    templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    async with installation(templates, tmp_path_factory.mktemp("browser")) as made:
        yield made


async def town_of(running: Installation, stack: Stack, language: str) -> Town:
    """A fresh town whose head reads this language."""
    assert stack.issuer
    assert stack.mail_catcher
    office = await running.office("andir")
    people = {}
    for name, duty in ((HEAD, "head"), (OFFICER, "survey_officer")):
        body = {"name": name, "kind": "non_asn", "external_id": name}
        person = (await office.administrator.post("registry", "/v1/people", body))["id"]
        work = {"unit_id": str(office.unit), "valid_from": "2024-01-01", "duties": [duty]}
        await office.administrator.post("registry", f"/v1/people/{person}/assignments", work)
        people[name] = person
    address = f"{office.tenant}@contoh.example"
    contact = f"/v1/people/{people[HEAD]}/contact-points"
    await office.administrator.put("registry", contact, {"email": address, "language": language})
    roles = {HEAD: ("employee", "unit_officer"), OFFICER: ("employee", "survey_officer")}
    tenant = str(office.tenant)
    write_logins(
        stack.issuer.logins_file,
        [ReadyLogin(name, tenant, people[name], roles[name]) for name in roles],
    )
    portal = running.environment["TERA_PORTAL_HTTP"]
    return Town(running, office, portal, stack.mail_catcher.http_url, address)


async def sign_in(page: Page, town: Town, name: str, *, to: str, language: str) -> None:
    """Through the issuer's page to a page of the portal."""
    await page.goto(f"{town.portal}/?lang={language}")
    await page.goto(f"{town.portal}/sign-in?next={quote(to)}")
    await page.get_by_role("button", name=name).click()
    await page.wait_for_url(f"{town.portal}{to}")


async def answer(page: Page, url: str, *, mark: int) -> float:
    """Answer as a citizen who marks everything the same; the moment of the click, Unix time."""
    await page.goto(url)
    for element in ELEMENTS:
        await page.locator(f"#{element}-{mark}").check()
    clicked = time.time()
    await page.locator("form[method=post] button").last.click()
    await page.wait_for_url("**sent=true*")
    return clicked


async def give(town: Town, mark: int, *, times: int) -> None:
    """Answers that came before the story."""
    body = {"counter": town.office.desk.counter, "scores": dict.fromkeys(ELEMENTS, mark)}
    async with httpx.AsyncClient(trust_env=False) as http:
        for _ in range(times):
            assert (await http.post(town.office.desk.url, json=body)).status_code == 201


def written(marks: list[int], language: str) -> str:
    """The index of answers that each mark every element the same, as the pages write it."""
    exact = Decimal(25 * sum(marks)) / len(marks)
    index = str(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))
    return index.replace(".", ",") if language == "id" else index


WATCH = """() => {
  window.shown = {};
  const look = () => {
    const index = document.querySelector("#figures .index b");
    if (index) window.shown[index.textContent] ??= Date.now() / 1000;
  };
  new MutationObserver(look).observe(document.querySelector("main"), {
    subtree: true, childList: true, characterData: true });
}"""
"""Notes when each index was first shown, for as long as the page is not loaded again."""


@pytest.mark.parametrize("language", ["id", "en"])
async def test_from_the_poster_to_the_head(
    running: Installation, stack: Stack, browser: Browser, language: str
) -> None:
    town = await town_of(running, stack, language)
    office, marks = town.office, [3, 3, 3]
    await give(town, 3, times=3)
    async with AsyncExitStack() as windows:
        locale = {"id": "id-ID", "en": "en-GB"}[language]
        poster, unit, inbox, phone = [
            await windows.enter_async_context(opened(browser, viewport=size, locale=locale))
            for size in (DESK, DESK, DESK, PHONE)
        ]
        [counter] = (await office.administrator.get("feedback", "/v1/counters"))["items"]
        sign = f"/counters/{counter['counter_id']}/print"
        await sign_in(poster, town, OFFICER, to=sign, language=language)
        await seen(poster, f"sign-{language}")
        url = await read_qr(poster.locator(".sign-code svg"))
        assert url.startswith(f"{town.portal}/j/")

        await sign_in(unit, town, HEAD, to=f"/units/{office.unit}", language=language)
        await expect(unit.locator("#figures .index b")).to_have_text(written(marks, language))
        await unit.evaluate(WATCH)
        await sign_in(inbox, town, HEAD, to="/inbox", language=language)
        await expect(inbox.locator("#notices article")).to_have_count(0)

        took = []
        for mark in (4, 2, 4, 3, 4):
            marks.append(mark)
            clicked = await answer(phone, url, mark=mark)
            index = written(marks, language)
            await unit.wait_for_function("index => window.shown[index]", arg=index)
            took.append(await unit.evaluate("index => window.shown[index]", index) - clicked)
        assert min(took) < AT_ONCE, took
        await expect(inbox.locator("#notices article")).to_have_count(0)

        await answer(phone, url, mark=1)
        await seen(phone, f"thanks-{language}")
        notice = inbox.locator("#notices article")
        await expect(notice).to_have_count(1)
        subject = await notice.locator("h2 a").inner_text()
        assert "KTP-el" in await notice.inner_text()
        await seen(inbox, f"inbox-{language}")

        async def mailed() -> list[dict[str, Any]]:
            return await town.caught()

        [mail] = await eventually(mailed, within=20)
        assert mail["subject"] == subject
        assert f"{town.portal}/units/{office.unit}" in mail["text"]

        await phone.goto(url)
        await expect(phone.locator("html")).to_have_attribute("lang", language)
        await seen(phone, f"answer-{language}")
        await seen(unit, f"unit-{language}")
        await unit.goto(f"{town.portal}/units/{office.unit}/why")
        await expect(unit.locator("main")).to_contain_text(written([*marks, 1], language))
        await seen(unit, f"why-{language}")

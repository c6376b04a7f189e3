"""The pages in a real browser: without a script, over a slow line, by keyboard, in both languages.

`seen` holds each page against axe and against a phone's width, and keeps pictures where
TERA_SCREENSHOTS names a folder.
"""

import asyncio
from io import BytesIO
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page
from pypdf import PdfReader

from devstack.system import Part
from tests.portal.conftest import MARKS, Site
from tests.support.browser import DESK, opened, seen
from tests.support.installation import Office
from tests.support.waiting import eventually

LANGUAGES = ("id", "en")


@pytest_asyncio.fixture(scope="module")
async def office(site: Site) -> Office:
    return await site.running.office("arcamanik")


async def stored(site: Site, office: Office) -> int:
    query = "select count(*) from answers where tenant_id = $1"
    count: int = await site.running.value("feedback", query, office.tenant)
    return count


async def let_in(page: Page, site: Site, path: str = "/") -> None:
    """Sign in by a click at the issuer, in the page's language."""
    await page.goto(f"{site.url}/sign-in?next={path}")
    await page.get_by_role("button", name="Siti Aminah").click()
    await page.wait_for_url(f"{site.url}/**")


async def test_an_answer_without_scripts_over_a_slow_line(
    site: Site, office: Office, browser: Browser
) -> None:
    counter, before = await site.counter(office), await stored(site, office)
    async with opened(browser, java_script_enabled=False) as page:
        line = await page.context.new_cdp_session(page)
        await line.send("Network.enable")
        slow = {"offline": False, "latency": 400, "downloadThroughput": 16_000}
        await line.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": 8_000})
        await page.goto(f"{site.url}/j/{office.tenant}/{counter['code']}")
        for name, mark in MARKS.items():
            await page.locator(f"label:has(#{name}-{mark})").click()
        await page.get_by_label("Pujian atau kritik").fill("Petugas ramah")
        await page.get_by_role("button", name="Kirim jawaban").click()
        await page.get_by_role("heading", name="Terima kasih").wait_for()
        await page.reload()
        assert await page.get_by_role("heading", name="Terima kasih").is_visible()
        assert await page.context.cookies() == []
    assert await stored(site, office) == before + 1


async def test_an_answer_with_the_keyboard_alone(
    site: Site, office: Office, browser: Browser
) -> None:
    counter, before = await site.counter(office), await stored(site, office)
    async with opened(browser, viewport=DESK) as page:
        await page.goto(f"{site.url}/j/{office.tenant}/{counter['code']}")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.className") == "skip"
        await page.keyboard.press("Enter")
        for name in MARKS:
            await page.keyboard.press("Tab")
            assert await page.evaluate("document.activeElement.name") == name
            await page.keyboard.press("Space")
            await page.keyboard.press("ArrowDown")
        for _ in ("comment", "sentiment", "profile", "send"):
            await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.tagName") == "BUTTON"
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Terima kasih").wait_for()
    assert await stored(site, office) == before + 1
    query = "select scores from answers where tenant_id = $1 order by fact_id desc limit 1"
    assert await site.running.value("feedback", query, office.tenant) == [2] * 9


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_of_citizens_is_seen(
    site: Site, office: Office, browser: Browser, language: str
) -> None:
    counter = await site.counter(office)
    path = f"{site.url}/j/{office.tenant}/{counter['code']}"
    pages = {
        "start": f"{site.url}/?lang={language}",
        "start-wrong": f"{site.url}/?code=x&lang={language}",
        "form": f"{path}?lang={language}",
        "thanks": f"{path}?sent=true&lang={language}",
        "unknown-code": f"{site.url}/j/nowhere/ABCDEF?lang={language}",
        "not-found": f"{site.url}/nowhere?lang={language}",
    }
    async with opened(browser) as page:
        for name, address in pages.items():
            await page.goto(address)
            await seen(page, f"{name}-{language}")
        await page.goto(pages["form"])
        await page.locator("label:has(#waktu-2)").click()
        await page.locator("summary").click()
        await page.evaluate("document.querySelector('form').noValidate = true")
        await page.locator("form .button").click()
        await page.get_by_role("alert").wait_for()
        await seen(page, f"form-wrong-{language}")


async def test_the_page_while_feedback_is_away_is_seen(
    site: Site, office: Office, browser: Browser
) -> None:
    counter, part = await site.counter(office), Part("feedback", "api")
    async with opened(browser) as page:
        await page.goto(f"{site.url}/j/{office.tenant}/{counter['code']}")
        for name, mark in MARKS.items():
            await page.locator(f"label:has(#{name}-{mark})").click()
        await asyncio.to_thread(site.running.system.child(part).stop, within=15.0)
        try:
            again = page.get_by_role("button", name="Kirim")
            await again.click()
            await page.get_by_role("button", name="Kirim lagi").wait_for()
            await seen(page, "form-away-id")
            await page.goto(f"{site.url}/j/{office.tenant}/{counter['code']}?lang=en")
            await seen(page, "unavailable-en")
            await page.go_back()
        finally:
            site.running.system.start_part(part)
            await asyncio.to_thread(site.running.system.wait_ready, part)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_of_signed_in_people_is_seen(
    site: Site, office: Office, browser: Browser, language: str
) -> None:
    counter = await site.counter(office)
    head = await site.head(office)
    site.offer(office, "survey_officer", person=head)
    async with opened(browser, locale="en-GB" if language == "en" else "id-ID") as page:
        await let_in(page, site, f"/?lang={language}")
        pages = {
            "counters": "/counters",
            "sign": f"/counters/{counter['counter_id']}/print",
            "inbox": "/inbox",
            "preferences": "/preferences",
        }
        for name, path in pages.items():
            await page.goto(site.url + path)
            await seen(page, f"{name}-{language}")
        for size, millimetres in (("a5", (148, 210)), ("a4", (210, 297))):
            await page.goto(f"{site.url}{pages['sign']}?size={size}")
            (sheet,) = PdfReader(BytesIO(await page.pdf(prefer_css_page_size=True))).pages
            printed = (sheet.mediabox.width, sheet.mediabox.height)
            assert [round(float(each) / 72 * 25.4) for each in printed] == list(millimetres)
            assert counter["code"] in sheet.extract_text()


async def test_the_inbox_renews_itself(site: Site, office: Office, browser: Browser) -> None:
    counter, head = await site.counter(office), await site.head(office)
    site.offer(office, "employee", person=head)
    body: dict[str, Any] = {"counter": counter["code"], "scores": dict.fromkeys(MARKS, 3)}
    body["scores"]["perilaku"] = 1

    async def answer() -> None:
        path = f"/v1/tenants/{office.tenant}/answers"
        await office.administrator.post("feedback", path, body)

    async with opened(browser, viewport=DESK) as page:
        await let_in(page, site, "/inbox")
        cards = page.locator("#notices article")
        before = await cards.count()
        await page.evaluate("window.stays = true")
        await answer()

        async def renewed() -> bool:
            return await cards.count() == before + 1

        await eventually(renewed, within=20)
        assert await page.evaluate("window.stays") is True
        assert "Ada pemberitahuan baru." in await page.locator("#news").inner_text()
        assert await page.locator(".count").inner_text() == str(before + 1)
        await seen(page, "inbox-with-notices-id")
        await page.get_by_role("button", name="Tandai semua sudah dibaca").click()
        await page.locator("#notices .unread").first.wait_for(state="detached")
        assert await page.locator(".count").count() == 0

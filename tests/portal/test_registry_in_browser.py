"""The pages of the organisation, of people and of imports in a real browser."""

from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.portal.conftest import Site
from tests.portal.test_results import window
from tests.support.browser import seen
from tests.support.installation import Office

LANGUAGES = ("id", "en")
UNITS = (
    ("SETDA", "Sekretariat Daerah", "sekretariat", None),
    ("DISDIK", "Dinas Pendidikan dan Kebudayaan", "dinas", None),
    ("SDN1", "SD Negeri 1 Kotabumi Selatan", "sekolah", "DISDIK"),
    ("SDN2", "SD Negeri 2 Kotabumi Selatan", "sekolah", "DISDIK"),
    ("DISDUKCAPIL", "Dinas Kependudukan dan Pencatatan Sipil", "dinas", None),
    ("KTB", "Kecamatan Kotabumi", "kecamatan", "SETDA"),
    ("KTB-UDIK", "Kelurahan Kotabumi Udik", "kelurahan", "KTB"),
)


@pytest_asyncio.fixture(scope="module")
async def office(site: Site) -> Office:
    return await site.running.office("kotabumi")


@pytest_asyncio.fixture(scope="module")
async def units(office: Office) -> dict[str, str]:
    """The ids of UNITS by their codes."""
    ids: dict[str, str] = {}
    for code, name, kind, above in UNITS:
        body: dict[str, Any] = {"code": code, "name": name, "kind": kind}
        body["parent_id"] = ids[above] if above else None
        ids[code] = (await office.administrator.post("registry", "/v1/units", body))["id"]
    aliases = f"/v1/units/{ids['DISDUKCAPIL']}/aliases"
    await office.administrator.put("registry", aliases, ["Disdukcapil", "Capil"])
    moves = f"/v1/units/{ids['KTB-UDIK']}/moves?backdated=true"
    renamed = {"on": "2025-01-01", "name": "Kelurahan Udik"}
    await office.administrator.post("registry", moves, renamed)
    return ids


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_organisation_is_seen(
    site: Site, office: Office, units: dict[str, str], browser: Browser, language: str
) -> None:
    async with (
        site.signed_in(office, "personnel_officer") as keeper,
        window(site, browser, keeper) as page,
    ):
        for name, path in (
            ("tree", "/organisation?unfolded=true"),
            ("tree-on", "/organisation?on=2024-06-01"),
            ("tree-found", "/organisation?q=capil"),
            ("organisation-unit", f"/organisation/{units['KTB-UDIK']}"),
        ):
            await page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
            await seen(page, f"{name}-{language}")
        await page.locator("summary").first.click()
        await page.locator("#on").fill("2024-07-01")
        await page.locator("#parent_id").select_option(units["DISDIK"])
        await page.locator("details[open] form .button").click()
        await page.locator(".effects, main form [name=apply]").first.wait_for(state="attached")
        await seen(page, f"organisation-check-{language}")
        await page.goto(f"/organisation/{units['KTB-UDIK']}?lang={language}")
        for each in await page.locator("#keeping summary").all():
            await each.click()
        await seen(page, f"organisation-forms-{language}")


async def test_the_tree_with_the_keyboard_alone(
    site: Site, office: Office, units: dict[str, str], browser: Browser
) -> None:
    async with (
        site.signed_in(office, "employee") as person,
        window(site, browser, person, java_script_enabled=False) as page,
    ):
        await page.goto("/organisation")
        school = page.get_by_role("link", name="SD Negeri 1 Kotabumi Selatan")
        above = page.locator(".tree > li", has=page.get_by_role("link", name="Dinas Pendidikan"))
        fold = above.locator("summary").first
        await fold.focus()
        await page.keyboard.press("Enter")
        assert not await school.is_visible()
        await page.keyboard.press("Enter")
        assert await school.is_visible()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="SD Negeri 1", level=1).wait_for()

"""The pages of the organisation, of people and of imports in a real browser."""

from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.portal.conftest import Site
from tests.portal.test_imports import listed, workbook
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


@pytest_asyncio.fixture(scope="module")
async def someone(office: Office, units: dict[str, str]) -> str:
    """A person with a life at work."""
    registry = office.administrator

    async def made(name: str, number: str) -> str:
        body = {"kind": "civil_servant", "name": name, "number": number}
        person: str = (await registry.post("registry", "/v1/people", body))["id"]
        return person

    person = await made("Siti Nurhaliza", "198503152010012003")
    head = await made("Drs. H. Ahmad Fauzi, M.Si.", "197001011995031002")
    leads = {"unit_id": units["DISDIK"], "valid_from": "2021-01-01", "duties": ["head"]}
    await registry.post("registry", f"/v1/people/{head}/assignments", leads)
    for path, body in (
        ("assignments", {"unit_id": units["SDN1"], "valid_from": "2019-01-01"}),
        ("transfers", {"unit_id": units["DISDIK"], "on": "2022-07-01"}),
        (
            "assignments",
            {
                "unit_id": units["SDN2"],
                "kind": "acting",
                "acting_as": "plt",
                "valid_from": "2023-02-01",
                "valid_until": "2023-09-01",
            },
        ),
        ("assignments", {"unit_id": units["KTB"], "kind": "double", "valid_from": "2025-06-01"}),
        (
            "leaves",
            {"kind": "maternity", "valid_from": "2024-03-01", "valid_until": "2024-06-01"},
        ),
        ("reporting-lines", {"assessor_id": head, "valid_from": "2022-07-01"}),
    ):
        await registry.post("registry", f"/v1/people/{person}/{path}", body)
    return person


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_organisation_is_seen(
    site: Site,
    office: Office,
    units: dict[str, str],
    someone: str,
    browser: Browser,
    language: str,
) -> None:
    async with (
        site.signed_in(office, "personnel_officer") as keeper,
        window(site, browser, keeper) as page,
    ):
        for name, path in (
            ("tree", "/organisation?unfolded=true"),
            ("tree-found", "/organisation?q=capil"),
            ("organisation-staff", f"/organisation/{units['DISDIK']}"),
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


@pytest.mark.parametrize("language", LANGUAGES)
async def test_people_are_seen(
    site: Site,
    office: Office,
    units: dict[str, str],
    someone: str,
    browser: Browser,
    language: str,
) -> None:
    async with (
        site.signed_in(office, "personnel_officer") as keeper,
        window(site, browser, keeper) as page,
    ):
        await page.goto(f"/people?q=si&lang={language}")
        await seen(page, f"people-{language}")
        await page.get_by_role("link", name="Siti Nurhaliza").click()
        await page.locator(".life svg").first.wait_for()
        await seen(page, f"person-{language}")
        await page.locator("#keeping summary").first.click()
        await page.locator("#transfer_on").fill("2024-07-01")
        await page.locator("#transfer_to").select_option(units["KTB-UDIK"])
        await page.locator("#keeping details[open] .button").click()
        await page.locator("main form [name=apply]").wait_for(state="attached")
        await seen(page, f"person-check-{language}")
        await page.goto(f"/people/{someone}")
        for each in await page.locator("#keeping summary").all():
            await each.click()
        await seen(page, f"person-forms-{language}")
        await page.goto("/people/me")
        await page.get_by_role("heading", level=1).wait_for()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_import_with_its_errors_is_seen(
    site: Site, office: Office, browser: Browser, language: str
) -> None:
    ruined = ("Dedi Kurniawan", "1.98E+17", "PNS", "U1", "2024-02-01")
    unknown = ("Eka Saputri", "198503152010012003", "PNS", "Dinas Angkasa", "31-02-2024")
    file = {"name": "pegawai.xlsx", "mimeType": "application/octet-stream"}
    content = workbook([*listed(), ruined, unknown])
    async with (
        site.signed_in(office, "personnel_officer") as keeper,
        window(site, browser, keeper) as page,
    ):
        await page.goto(f"/imports?lang={language}")
        await seen(page, f"imports-{language}")
        await page.goto("/imports/people")
        await seen(page, f"import-people-{language}")
        await page.set_input_files("#file", {**file, "buffer": content})
        await page.locator("form[data-progress] .button").click()
        await page.locator(".problems").wait_for()
        for each in await page.locator("main summary").all():
            await each.click()
        await seen(page, f"import-report-{language}")
        await page.goto("/imports/units")
        other = {"name": "unit.csv", "mimeType": "text/csv", "buffer": b"kd;uraian\n01;Dinas\n"}
        await page.set_input_files("#file", other)
        await page.locator("form[data-progress] .button").first.click()
        await page.locator("#column-1").select_option("name")
        await seen(page, f"import-columns-{language}")
        await page.locator("#column-0").select_option("code")
        await page.locator("form[action$=mapping] .button").click()
        await page.locator("[name=rows][value=all]").wait_for()
        await page.goto("/imports/people")
        await page.set_input_files("#file", {**file, "buffer": content})
        await page.locator("form[data-progress] .button").click()
        await page.locator(".problems").wait_for()
        await page.evaluate("window.stayed = true")
        await page.locator("[name=rows][value=good]").click()
        await page.locator(".notice.success").wait_for()
        assert await page.evaluate("window.stayed")  # the script put the page's end in
        assert await page.evaluate("document.activeElement.id") == "main"
        await seen(page, f"import-done-{language}")


async def test_an_import_without_scripts(site: Site, office: Office, browser: Browser) -> None:
    file = {"name": "unit.csv", "mimeType": "text/csv", "buffer": b"nama;jenis;kode\nA;upt;A1\n"}
    async with (
        site.signed_in(office, "personnel_officer") as keeper,
        window(site, browser, keeper, java_script_enabled=False) as page,
    ):
        await page.goto("/imports/units")
        await page.set_input_files("#file", file)
        await page.get_by_role("button", name="Periksa berkas").click()
        await page.get_by_role("button", name="Impor semua 1 baris").click()
        await page.get_by_text("1 baris sudah diimpor.").wait_for()

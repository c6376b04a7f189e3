"""Plans and policies in a real browser: written without a script, read side by side.

`seen` holds each page against axe and against a phone's width, and keeps pictures where
TERA_SCREENSHOTS names a folder.
"""

import asyncio
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from cli.client import Login
from cli.token import request_token
from shared.settings import Settings
from tests.portal.conftest import Site
from tests.portal.test_plans import Desk, desk_in
from tests.support.browser import DESK, opened, seen

LANGUAGES = ("id", "en")
RESULTS: list[dict[str, Any]] = [
    {
        "title": "KTP-el terbit pada hari yang sama di loket Kecamatan Arcamanik",
        "main": True,
        "above": 0,
        "indicators": [
            ("quantity", "Berkas KTP-el selesai", "count", "higher", "1200", "1200"),
            ("time", "Waktu penyelesaian berkas lengkap", "minutes", "lower", "30", "45"),
        ],
    },
    {
        "title": "Warga puas dengan pelayanan di loket",
        "main": True,
        "above": 1,
        "indicators": [("quality", "Indeks kepuasan", "index", "higher", "88.31", "100")],
    },
    {
        "title": "Arsip kependudukan 2024 didigitalkan",
        "main": False,
        "goal": True,
        "indicators": [
            ("quantity", "Lembar didigitalkan", "count", "higher", "25000", "30000"),
            ("cost", "Biaya per lembar", "rupiah", "lower", "500", "750"),
        ],
    },
    {
        "title": "Syarat berkas dijelaskan satu kali saja",
        "main": True,
        "above": 0,
        "indicators": [("quality", "Berkas kembali", "percent", "lower", "0", "5")],
    },
    {
        "title": "Bahasa isyarat dasar dikuasai petugas loket",
        "main": False,
        "indicators": [("quantity", "Petugas terlatih", "count", "higher", "2", "4")],
    },
]
ABOVE = (
    "Dokumen kependudukan selesai dalam waktu yang dijanjikan",
    "Indeks kepuasan masyarakat kecamatan bermutu A",
    "Pengaduan dijawab dalam tiga hari kerja",
)


def target(aspect: str, title: str, unit: str, better: str, low: str, high: str) -> dict[str, str]:
    return {
        "aspect": aspect,
        "title": title,
        "measure_unit": unit,
        "better": better,
        "target_low": low,
        "target_high": high,
    }


async def put(site: Site, desk: Desk, person: str, document: Any) -> dict[str, Any]:
    """A plan of a person with this document, written by the person."""
    environment = site.running.environment
    settings = Settings(
        oidc_issuer=environment["TERA_OIDC_ISSUER"],
        dev_client_secret=environment["TERA_DEV_CLIENT_SECRET"],
    )
    tenant = desk.office.tenant
    token = await asyncio.to_thread(
        request_token, settings, ["employee"], tenant=tenant, person=UUID(person)
    )
    login = Login(site.running.client, {"authorization": f"Bearer {token}"})
    body = {"person_id": person, "period_id": desk.period}
    made = await login.post("registry", "/v1/plans", body)
    stored: dict[str, Any] = await login.put("registry", f"/v1/plans/{made['id']}/draft", document)
    return stored


@pytest_asyncio.fixture(scope="module")
async def desk(site: Site) -> Desk:
    return await desk_in(await site.running.office("arcamanik-rencana"))


@pytest_asyncio.fixture(scope="module")
async def plan(site: Site, desk: Desk) -> str:
    """The path of Tita's plan, which serves two of the three results of Asep."""
    one = [target("quality", "Ukuran", "percent", "higher", "95", "100")]
    above = await put(
        site,
        desk,
        desk.asep,
        {"results": [{"main": True, "title": title, "indicators": one} for title in ABOVE]},
    )
    ids = [result["id"] for result in above["document"]["results"]]
    results = [
        {
            "title": each["title"],
            "main": each["main"],
            "serves_result_id": ids[each["above"]] if "above" in each else None,
            "serves_goal_id": desk.goal if "goal" in each else None,
            "indicators": [target(*indicator) for indicator in each["indicators"]],
        }
        for each in RESULTS
    ]
    mine = await put(
        site,
        desk,
        desk.tita,
        {
            "results": results,
            "expectations": {
                "berorientasi_pelayanan": "Menyapa warga lebih dulu, menjelaskan syarat dengan "
                "bahasa sederhana.",
                "akuntabel": "Mencatat setiap berkas pada hari yang sama.",
            },
            "support": "Dua printer kartu dan stok blangko untuk tiga bulan.",
            "evidence": "Laporan bulanan dari sistem antrean.",
        },
    )
    return f"/plans/{mine['id']}"


async def let_in(page: Page, site: Site, path: str) -> None:
    await page.goto(f"{site.url}/sign-in?next={path}")
    await page.get_by_role("button", name="Siti Aminah").click()
    await page.wait_for_url(f"{site.url}/**")


async def test_a_plan_is_written_discussed_and_agreed_without_scripts(
    site: Site, desk: Desk, plan: str, browser: Browser
) -> None:
    site.offer(desk.office, "employee", person=desk.tita)
    async with opened(browser, viewport=DESK, java_script_enabled=False) as page:
        await let_in(page, site, f"{plan}/edit")
        await page.get_by_role("button", name="Tambah hasil").click()
        last = page.get_by_role("group", name="Hasil 6")
        await last.get_by_label("Yang dihasilkan").fill("Papan informasi diperbarui")
        await last.get_by_label("Mendukung").select_option(label=ABOVE[1])
        await last.get_by_label("Ukuran keberhasilan").fill("Papan diperbarui tiap bulan")
        await last.get_by_label("Target dari").fill("12")
        await last.get_by_label("Target dari").press("Enter")  # the first button saves
        await page.get_by_text("Rencana tersimpan sebagai konsep.").wait_for()
        await page.get_by_role("link", name="Ubah rencana").click()
        await page.get_by_role("button", name="Hapus hasil 6").click()
        await page.get_by_role("button", name="Simpan rencana").first.click()
        await page.get_by_text("Rencana tersimpan sebagai konsep.").wait_for()
        assert await page.get_by_text("Papan informasi").count() == 0
        await page.get_by_role("button", name="Nyatakan sudah dibahas").click()
        await page.get_by_role("button", name="Saya setuju").click()
        await page.get_by_text("Persetujuan Anda tercatat.").wait_for()
    site.offer(desk.office, "employee", person=desk.asep)
    async with opened(browser, viewport=DESK, locale="en-GB") as page:
        await let_in(page, site, "/plans?lang=en")
        await seen(page, "plans-team-en")
        await page.get_by_role("link", name="Open the plan of Neng Tita Rohaeti").click()
        assert await page.get_by_role("button", name="I agree").is_visible()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_of_plans_is_seen(
    site: Site, desk: Desk, plan: str, browser: Browser, language: str
) -> None:
    site.offer(desk.office, "employee", person=desk.tita)
    async with opened(browser, locale="en-GB" if language == "en" else "id-ID") as page:
        await let_in(page, site, f"/plans?lang={language}")
        if language == "id":  # in English the leader has looked at it
            await seen(page, "plans-id")
        await page.goto(site.url + plan)
        await seen(page, f"plan-{language}")
        await page.goto(f"{site.url}{plan}/edit")
        await page.locator("#result-0-indicator-0-low").fill("banyak")
        await page.locator("#result-1-title").fill("")
        await page.locator("button[value=save]").first.click()
        await page.get_by_role("alert").wait_for()
        assert await page.locator("#result-0-indicator-0-low").input_value() == "banyak"
        await seen(page, f"plan-edit-{language}")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_of_policies_is_seen(
    site: Site, desk: Desk, browser: Browser, language: str
) -> None:
    office = desk.office
    top = await there(office, None if language == "id" else language)
    path = f"/organisation/{top}/policies"
    site.offer(office, "personnel_officer")
    async with opened(browser, locale="en-GB" if language == "en" else "id-ID") as page:
        await let_in(page, site, f"{path}?on=2026-05-01%26lang={language}")
        await seen(page, f"policies-{language}")
        await page.goto(f"{site.url}{path}/behaviour?whole=false")
        await page.locator("#staff-superior").fill("90")
        await page.locator("#most_peers").fill("banyak")
        await page.locator("main form .button").first.click()
        await page.get_by_role("alert").wait_for()
        await seen(page, f"policies-form-{language}")
        if language == "id":
            await page.goto(f"{site.url}{path}?on=2026-05-01")
            await page.locator("a[href*='/complaints/history/']").first.click()
            await page.locator("h1").wait_for()
            await seen(page, "policies-history-id")


async def there(office: Any, again: str | None) -> str:
    """A unit below another, with rules on three levels; made once."""
    administrator = office.administrator
    units = (await administrator.get("registry", "/v1/units", code="ARC"))["items"]
    if units:
        return str(units[0]["id"])
    assert again is None
    city = {"name": "Sekretariat Daerah", "kind": "sekretariat", "code": "SETDA"}
    above = (await administrator.post("registry", "/v1/units", city))["id"]
    unit = {"name": "Kecamatan Arcamanik", "kind": "kecamatan", "code": "ARC", "parent_id": above}
    here: str = (await administrator.post("registry", "/v1/units", unit))["id"]
    weights = [("superior", 50), ("peer", 30), ("citizen", 20), ("self", 0)]
    staff = [{"group": group, "percent": percent} for group, percent in weights]
    for place, since, document in (
        (None, "2026-01-01", {"policy_kind": "complaints", "verify": 2, "first_answer": 4}),
        (None, "2026-01-01", {"policy_kind": "evaluation", "length": "monthly"}),
        (above, "2026-02-01", {"policy_kind": "complaints", "first_answer": 3}),
        (here, "2026-04-01", {"policy_kind": "behaviour", "staff": staff}),
        (here, "2026-04-01", {"policy_kind": "complaints", "verify": 1}),
        (here, "2027-01-01", {"policy_kind": "rating", "open_to_staff": True}),
    ):
        body = {"unit_id": place, "valid_from": since, "document": document}
        await administrator.post("registry", "/v1/policies", body)
    survey = {"unit_id": here, "valid_from": "2026-02-01", "minimum_sample": 15}
    survey |= {"switched_off": [{"element": "biaya"}]}
    await administrator.post("registry", "/v1/satisfaction-policies", survey)
    return here

"""The satisfaction report to read, print, fetch and publish: its figures against the raw rows."""

import io
import json
import os
import re
import subprocess
import sys
from decimal import ROUND_HALF_UP, Decimal
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from openpyxl import load_workbook
from playwright.async_api import Browser
from pypdf import PdfReader

from services.portal.reports.rules import file_name, plan_as_typed, plan_of_form
from services.portal.reports.workbook import office_file
from tests.portal.conftest import MARKS, Site, fields, words
from tests.portal.test_results import counted, sheets, window
from tests.support.browser import seen
from tests.support.installation import Office
from tests.support.published import sekadau

PERIOD = "2019-Q2"
PLAN = {
    "population": "56",
    "entry-0-element": "waktu",
    "entry-0-measure": "=Tambah satu loket pada pagi hari",
    "entry-0-quarter": "2019-Q4",
    "entry-0-responsible": "Kepala Loket",
    "entry-1-element": "persyaratan",
    "entry-1-measure": " ",
}
PROFILE = {"sex": "woman", "age_band": "30_39", "education": "s1", "occupation": "pns"}


@pytest_asyncio.fixture(scope="module")
async def office(site: Site) -> Office:
    office = await site.running.office("laporan")
    rows = sekadau()
    await sheets(office, "stated", rows[:30], day="2019-05-14", profile=PROFILE)
    await sheets(office, "silent", rows[30:], day="2019-06-14")
    await counted(office, PERIOD, 49)
    return office


def means() -> dict[str, Decimal]:
    raw = sekadau()
    return {element: Decimal(sum(row[element] for row in raw)) / 49 for element in raw[0]}


def half_up(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def numbers(cells: list[Any]) -> list[Decimal]:
    return [Decimal(str(cell)) for cell in cells if isinstance(cell, int | float)]


def assert_office_file(content: bytes) -> list[list[Any]]:
    """Every figure of the elements, cell by cell; the filled cells of each row."""
    book = load_workbook(io.BytesIO(content))
    assert len(book.sheetnames) == 1
    sheet = book.active
    assert sheet is not None
    assert sheet.page_setup.paperSize == 9  # A4
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    rows = [[cell.value for cell in row if cell.value is not None] for row in sheet.iter_rows()]
    raw = sekadau()
    lines = {row[0]: row for row in rows if len(row) == 7 and isinstance(row[1], int)}
    assert len(lines) == 9
    for line, (element, mean) in zip(lines.values(), means().items(), strict=True):
        total = sum(row[element] for row in raw)
        assert numbers(line) == [
            49, total, half_up(mean, 3), half_up(mean / 9, 3), half_up(mean * 25, 2),
        ]  # fmt: skip
    [sums] = [row for row in rows if row and str(row[0]).startswith(("Jumlah;", "Sum;"))]
    together = sum(means().values())
    assert numbers(sums) == [half_up(together, 3), half_up(together / 9, 3), Decimal("78.74")]
    assert sums[-1] == "B"
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    return [row for row in rows if row]


async def test_from_the_plan_to_revision_two(site: Site, office: Office) -> None:
    path = f"/units/{office.unit}/report"
    async with site.signed_in(office, "survey_officer") as officer:
        page = await officer.get(f"{path}?period={PERIOD}")
        assert "KONSEP – belum diterbitkan" in page.text
        saved = await officer.post(f"{path}/plan?period={PERIOD}", data=fields(page.text) | PLAN)
        assert saved.headers["location"].endswith("said=saved"), saved.text
        again = await officer.post(f"{path}/plan?period={PERIOD}", data=fields(page.text) | PLAN)
        assert again.status_code == 409
        assert "orang lain mengubah rencana ini" in again.text
        assert 'value="=Tambah satu loket pada pagi hari"' in again.text
        assert fields(again.text)["version"] == "1"
        page = await officer.get(saved.headers["location"])
        assert "Rencana tersimpan" in page.text
        text = words(page.text)
        for element, mean in means().items():
            shown = [str(half_up(mean, 3)), str(half_up(mean / 9, 3)), str(half_up(mean * 25, 2))]
            assert (
                f"49 {sum(row[element] for row in sekadau())} {' '.join(shown)}".replace(".", ",")
                in text
            ), element
        for expected in (
            "Populasi (N) 56", "Sampel yang disyaratkan 49", "Sampel mencukupi Ya",
            "Perempuan 30 61,22", "Tidak disebutkan 19 38,78", "KTP-el 49 100,00",
            "Triwulan II 2019 78,74 B 49", "=Tambah satu loket pada pagi hari",
        ):  # fmt: skip
            assert expected in text, expected
        foreign = await officer.post(f"{path}/publish?period={PERIOD}", data={"version": "1"})
        assert foreign.status_code == 403
        form = fields(page.text)
        published = await officer.post(f"{path}/publish?period={PERIOD}", data=form)
        page = await officer.get(published.headers["location"])
        assert "Revisi 1 sudah diterbitkan" in page.text
        assert "Sesuai dengan data sekarang" in page.text
        xlsx = re.search(r'href="([^"]+report\.xlsx[^"]+)"', page.text)
        assert xlsx
        first = await officer.get(xlsx[1].replace("&amp;", "&"))
        assert first.headers["content-disposition"].endswith('"skm-2019-Q2-revisi-1.xlsx"')
        rows = assert_office_file(first.content)
        assert ["Revisi 1"] in rows
        assert ["Perempuan", 30, 61.22] in rows
        assert ["Tidak disebutkan", 19, 38.78] in rows
        assert ["KTP-el", 49, 100] in rows
        assert ["Populasi (N)", 56] in rows
        assert ["Sampel yang disyaratkan", 49] in rows
        assert any("=Tambah satu loket pada pagi hari" in row for row in rows)
        english = await officer.get(xlsx[1].replace("&amp;", "&") + "&lang=en")
        assert ["Woman", 30, 61.22] in assert_office_file(english.content)
        same = await officer.post(f"{path}/publish?period={PERIOD}", data=form)
        assert same.headers["location"].endswith("said=nothing_changed")

        await sheets(office, "later", [dict.fromkeys(MARKS, 4)] * 6, day="2019-06-20")
        await counted(office, PERIOD, 55)
        page = await officer.get(published.headers["location"])
        assert "6 jawaban berubah sejak itu" in page.text
        assert "78,74" in words(page.text)
        kept = await officer.get(xlsx[1].replace("&amp;", "&"))
        assert assert_office_file(kept.content) == assert_office_file(first.content)
        second = await officer.post(f"{path}/publish?period={PERIOD}", data=form)
        assert "Revisi 2 sudah" in (await officer.get(second.headers["location"])).text

    async with site.signed_in(office, "employee") as reader:
        page = await reader.get(f"{path}?period={PERIOD}&lang=id")
        assert "Revisi 2" in page.text
        assert "KONSEP" not in page.text
        assert 'action="/units' not in page.text.replace(f'action="{path}"', "")
        assert (await reader.get(f"{path}.xlsx?period={PERIOD}")).status_code == 403
        none = await reader.get(f"{path}?period=2018-Q1")
        assert "Belum ada laporan yang diterbitkan" in none.text


async def test_a_wrong_plan_is_not_stored(site: Site, office: Office) -> None:
    path = f"/units/{office.unit}/report"
    async with site.signed_in(office, "survey_officer") as officer:
        page = await officer.get(f"{path}?period=2019-Q1")
        more = {"entry-1-quarter": "2019-Q3", "entry-1-responsible": "Camat <baru>"}
        for wrong in (
            {"population": "banyak"},
            {"entry-0-measure": "x", "entry-0-element": "waktu", "entry-0-quarter": "IV"},
            {"entry-0-measure": "x", "entry-0-element": "parkir", "entry-0-quarter": "2019-Q1"},
        ):
            answer = await officer.post(
                f"{path}/plan?period=2019-Q1", data=fields(page.text) | wrong | more
            )
            assert (answer.status_code, "Belum tersimpan" in answer.text) == (422, True), wrong
            for typed in (*wrong.values(), *more.values()):
                if typed not in {"waktu", "parkir"}:  # these are chosen
                    assert f'value="{escape(typed)}"' in answer.text, typed
        page = await officer.get(f"{path}?period=2019-Q1")
        assert '<input type="hidden" name="version" value="0">' in page.text


@pytest.mark.parametrize("language", ["id", "en"])
async def test_the_report_in_a_browser_and_on_paper(
    site: Site, office: Office, browser: Browser, language: str, tmp_path: Path
) -> None:
    office_period = "2019-05"
    async with (
        site.signed_in(office, "survey_officer") as person,
        window(site, browser, person) as page,
    ):
        await page.goto(f"/units/{office.unit}/report?period={office_period}&lang={language}")
        await seen(page, f"report-{language}")
        pdf = await page.pdf(prefer_css_page_size=True, print_background=True)
    if folder := os.environ.get("TERA_SCREENSHOTS"):
        (Path(folder) / f"report-{language}.pdf").write_bytes(pdf)
    reader = PdfReader(io.BytesIO(pdf))
    width, height = reader.pages[0].mediabox[2:]
    assert (round(float(width)), round(float(height))) == (595, 842)  # A4 in points
    assert len(reader.pages) == 1
    text = " ".join(" ".join(each.extract_text().split()) for each in reader.pages)
    raw = sekadau()[:30]
    total = sum(sum(row.values()) for row in raw)
    index = half_up(Decimal(total) / 30 / 9 * 25, 2)
    shown = str(index).replace(".", "," if language == "id" else ".")
    assert shown in text
    for element in raw[0]:
        given = sum(row[element] for row in raw)
        mean = str(half_up(Decimal(given) / 30, 3)).replace(".", "," if language == "id" else ".")
        assert f"30 {given} {mean}" in text, element
    assert ("Perempuan 30 100,00" if language == "id" else "Woman 30 100.00") in text
    for only_on_screen in ("Simpan rencana", "Save the plan", "XLSX", "Siti Aminah"):
        assert only_on_screen not in text


async def test_a_revision_and_the_plan_before_in_a_browser(site: Site, browser: Browser) -> None:
    office = await site.running.office("terbit")
    for period, day in (("2019-Q1", "2019-01-10"), (PERIOD, "2019-04-10")):
        await sheets(office, period, sekadau()[:6], day=day, profile=PROFILE)
        await counted(office, period, 6)
    path = f"/units/{office.unit}/report"
    async with site.signed_in(office, "survey_officer") as officer:
        page = await officer.get(f"{path}?period=2019-Q1")
        await officer.post(f"{path}/plan?period=2019-Q1", data=fields(page.text) | PLAN)
        page = await officer.get(f"{path}?period=2019-Q1")
        published = await officer.post(f"{path}/publish?period=2019-Q1", data=fields(page.text))
        xlsx = await officer.get(f"{path}.xlsx?{urlsplit(published.headers['location']).query}")
        sheet = load_workbook(io.BytesIO(xlsx.content)).active
        assert sheet is not None
        assert any("Sementara: baru 6 jawaban" in str(cell.value) for cell in sheet["A"])
        async with window(site, browser, officer) as screen:
            await screen.goto(f"{published.headers['location']}&lang=en")
            await screen.get_by_text("Revision 1 is published").wait_for()
            assert await screen.get_by_text("Provisional: 6 answers so far").count() == 1
            await seen(screen, "report-published-en")
            await screen.goto(f"{path}?period={PERIOD}&lang=id")
            await screen.get_by_label("Hasil", exact=True).select_option("done")
            await screen.get_by_label("Keterangan").fill("Sejak Februari")
            await seen(screen, "report-outcomes-id")
            await screen.get_by_role("button", name="Simpan rencana").click()
            await screen.get_by_text("Rencana tersimpan").wait_for()
            cell = screen.get_by_role("cell", name="Selesai: Sejak Februari")
            assert await cell.count() == 1


@pytest.fixture
def command(site: Site, office: Office) -> Any:
    """`tera report skm …` on the installation; its standard output."""

    def run(*arguments: str, code: int = 0) -> str:
        environment = {**os.environ, **site.running.environment, "COLUMNS": "120"}
        done = subprocess.run(
            [sys.executable, "-m", "cli", "report", "skm", "--tenant", str(office.tenant),
             "--unit", "U1", *arguments],
            env=environment, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    return run


async def test_the_command(command: Any, tmp_path: Path) -> None:
    may = ["--period", "2019-05"]
    table = command(*may, "--population", "40")
    assert "n 30  N 40  required 36" in table
    document = json.loads(command(*may, "--out", "-"))
    assert document["answers"] == 30
    file = tmp_path / "report.xlsx"
    assert "draft" in command(*may, "--out", str(file), "--lang", "en")
    sheet = load_workbook(file).active
    assert sheet is not None
    assert sheet["A4"].value == "DRAFT – not published"
    saved = tmp_path / "report.json"
    assert "revision 1" in command(*may, "--service", "KTP-el", "--publish", "--out", str(saved))
    assert json.loads(saved.read_text())["service"]["name"] == "KTP-el"
    assert "nothing was stored" in command(*may, "--service", "KTP-el", "--publish", code=1)
    assert "must end in .xlsx" in command(*may, "--out", "report.pdf", code=2)
    assert "period" in command("--period", "2019-99", code=1)


def test_forms_and_names() -> None:
    body = plan_of_form(
        PLAN | {"outcome-7-status": "done", "outcome-7-note": "ya", "outcome-8-status": ""}
    )
    assert body["population"] == 56
    assert [entry["element"] for entry in body["entries"]] == ["waktu"]
    assert body["outcomes"] == [{"entry": "7", "status": "done", "note": "ya"}]
    with pytest.raises(ValueError, match="banyak"):
        plan_of_form({"population": "banyak"})
    kept = {"id": "7", "measure": "Loket", "status": None, "note": ""}
    stored = {"version": 3, "previous": {"period": "2019-Q1", "entries": [kept]}}
    line = {"entry-4-measure": "Kursi", "entry-5-element": "waktu", "outcome-7-status": "done"}
    shown = plan_as_typed(stored, line)
    assert (shown["version"], shown["population"]) == (3, "")
    assert [entry["measure"] for entry in shown["entries"]] == ["Kursi"]
    assert shown["previous"]["entries"] == [kept | {"status": "done"}]
    assert file_name({"period": "2019-Q2"}, None) == "skm-2019-Q2-konsep.xlsx"


def test_names_of_the_registry_are_never_formulas() -> None:
    point = {"period": "2019-Q2", "index": None, "grade": None, "answers": 0}
    empty = dict.fromkeys(
        ("index", "grade", "population", "required", "sufficient", "interval", "service",
         "sum_of_means", "sum_of_weighted", "previous")
    )  # fmt: skip
    document = empty | {
        "tenant": {"name": "=1+1"}, "path": ["+A1", "\x07x"], "period": "2019-Q2",
        "period_starts": "2019-04-01", "period_ends": "2019-07-01", "answers": 0, "incomplete": 0,
        "elements": [], "lowest": [], "highest": [], "trend": [point], "plan": [],
        "respondents": {"withheld": "few_answers"},
    }  # fmt: skip
    sheet = load_workbook(io.BytesIO(office_file(document, "id"))).active
    assert sheet is not None
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("=1+1 › +A1 › x", "s")

"""Imports: an office file is checked, its errors are shown by cell, and it is taken over."""

import io
import json
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from openpyxl import Workbook, load_workbook

from services.portal.imports.reasons import reason_in_words
from services.portal.imports.rules import mapping_of, skipped_counts, titles_of
from services.registry.assignments.rules import Assignment, TransferRefused, transfer
from services.registry.imports.cells import parsed_date
from services.registry.imports.rules import CellRefused
from services.registry.people.rules import NumberRefused, check_number
from tests.portal.conftest import Site, fields, words
from tests.support.installation import Office

PEOPLE = (
    ("Ani Wijaya", "19790101 200501 2 001"),
    ("Budi Santoso", "198002022006021002"),
    ("Cici Lestari", "198103032007032003"),
)


@pytest_asyncio.fixture(scope="module")
async def office(site: Site) -> Office:
    return await site.running.office("tebingtinggi")


def workbook(rows: list[tuple[Any, ...]]) -> bytes:
    """As an office makes it: a title above, a signature below."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Data Pegawai"
    sheet.append(["DAFTAR PEGAWAI"])
    sheet.merge_cells("A1:E1")
    sheet.append([])
    sheet.append(["Nama", "NIP", "Jenis", "Unit Kerja", "TMT"])
    for row in rows:
        sheet.append(list(row))
    sheet.append([])
    sheet.append(["", "", "", "Mengetahui,"])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def listed(people: Any = PEOPLE, *, unit: str = "U1") -> list[tuple[Any, ...]]:
    return [(name, number, "PNS", unit, "01-02-2024") for name, number in people]


async def sent(
    keeper: httpx.AsyncClient, kind: str, content: bytes, name: str = "pegawai.xlsx", **more: Any
) -> httpx.Response:
    form = fields((await keeper.get(f"/imports/{kind}")).text)
    more = {"data": form | more.pop("data", {})} | more
    return await keeper.post(f"/imports/{kind}/files", files={"file": (name, content)}, **more)


async def test_a_file_is_checked_corrected_and_taken_over(site: Site, office: Office) -> None:
    bad = [*listed(), ("Dedi", "1.98E+17", "PNS", "U1", "2024-02-01"), ("Eka", "", "x", "Y9", "")]
    async with site.signed_in(office, "personnel_officer") as keeper:
        assert "Pegawai" in words((await keeper.get("/imports")).text)
        checked = await sent(keeper, "people", workbook(bad))
        assert checked.status_code == 303, words(checked.text)
        here = checked.headers["location"]
        report = await keeper.get(here)
        text = words(report.text)
        assert "2 dari 5 baris salah. Belum ada yang tersimpan." in text
        assert "Data Pegawai 7 NIP 1.98E+17" in text.replace("“", "").replace("”", "")
        assert "Tanda tangan dan catatan" in text
        assert "Kosong: tanpa NIP" in text
        assert "19790101 200501 2 001 197901012005012001" in text  # normalised
        assert 'name="rows" value="all"' not in report.text
        people = (await office.administrator.get("registry", "/v1/people"))["items"]
        assert people == []
        file = await keeper.get(f"{here}/bad-rows.xlsx")
        rows = list(load_workbook(io.BytesIO(file.content)).worksheets[0].values)
        assert [row[0] for row in rows[-2:]] == ["Dedi", "Eka"]
        form = fields(report.text) | {"rows": "good"}
        done = await keeper.post(f"{here}/run", data=form)
        assert done.status_code == 200
        assert "3 baris sudah diimpor. 2 baris yang salah" in words(done.text)
        people = (await office.administrator.get("registry", "/v1/people"))["items"]
        assert sorted(person["name"] for person in people) == [name for name, _ in PEOPLE]
        gone = await keeper.post(f"{here}/delete", data=fields(report.text))
        assert gone.headers["location"] == "/imports/people?said=forgotten"
        after = await keeper.get(here)
        assert (after.status_code, "tidak lagi disimpan" in after.text) == (404, True)


async def test_progress_is_told_line_by_line(site: Site, office: Office) -> None:
    rows = "\n".join(f"Unit {n};upt;K{n};{f'K{n // 10}' if n >= 10 else ''}" for n in range(1, 401))
    content = f"nama;jenis;kode;induk\n{rows}\n".encode()
    told = {"accept": "application/x-ndjson"}
    async with site.signed_in(office, "tenant_administrator") as keeper:
        answer = await sent(keeper, "units", content, "unit.csv", headers=told)
        lines = [json.loads(line) for line in answer.text.splitlines()]
        assert {line["phase"] for line in lines[:-1]} == {"read", "check"}
        here = lines[-1]["see"]
        report = await keeper.get(here)
        assert "Semua 400 baris dapat diimpor." in words(report.text)
        form = fields(report.text) | {"rows": "all"}
        answer = await keeper.post(f"{here}/run", data=form, headers=told)
        lines = [json.loads(line) for line in answer.text.splitlines()]
        assert "store" in {line.get("phase") for line in lines}
        assert "400 baris sudah diimpor." in words(lines[-1]["page"])
        again = words((await keeper.get(here)).text)
        assert "Baru 0 Berubah 0 Tetap 400 Salah 0" in again
        page = await keeper.get("/organisation")
        assert page.text.count("/organisation/") >= 401
        unreadable = await sent(keeper, "units", b"PK\x03\x04 no workbook", headers=told)
        (line,) = [json.loads(each) for each in unreadable.text.splitlines()][-1:]
        assert "Berkas tidak dapat dipakai" in words(line["page"])


async def test_titles_that_an_office_uses(site: Site, office: Office) -> None:
    """The file is sent once: what its columns mean is chosen from lists."""
    content = b"DAFTAR OPD\nsebutan;golongan unit;kode;catatan kami\nDinas Sosial;dinas;DINSOS;D9\n"
    async with site.signed_in(office, "personnel_officer") as keeper:
        unknown = await sent(keeper, "units", content, "unit.csv")
        assert unknown.status_code == 422
        assert "Tidak ada kolom untuk" in words(unknown.text)
        shown = fields(unknown.text)
        titles = {name: shown[f"title-{name}"] for name in map(str, range(4))}
        assert list(titles.values()) == ["sebutan", "golongan unit", "kode", "catatan kami"]
        assert '<option value="code" selected>' in unknown.text
        kept = unknown.text.partition('action="/imports/units/files/')[2].partition("/")[0]
        here = f"/imports/units/files/{kept}"
        assert "Tidak ada kolom untuk" in words((await keeper.get(here)).text)

        both = shown | {"column-0": "name", "column-2": "name"}
        twice = await keeper.post(f"{here}/mapping", data=both)
        assert twice.status_code == 422
        assert "Dua kolom diberi arti yang sama." in words(twice.text)
        form = fields(twice.text) | {"name": "kami", "column-0": "name", "column-2": "code"}
        saved = await keeper.post(f"{here}/mapping", data=form | {"column-1": "kind"})
        assert saved.headers["location"] == f"{here}?mapping=kami", words(saved.text)
        report = await keeper.get(saved.headers["location"])
        assert "Semua 1 baris dapat diimpor." in words(report.text)

        form = fields(report.text) | {f"column-{at}": "" for at in range(4)}
        meant = {"sebutan": "name", "kode": "code", "catatan kami": "parent"}
        for name, title in list(form.items()):
            if title in meant:
                form[name.replace("title-", "column-")] = meant[title]
        again = await keeper.post(f"{here}/mapping", data=form | {"name": "kami juga"})
        assert again.headers["location"] == f"{here}?mapping=kami+juga", words(again.text)
        assert "1 dari 1 baris salah." in words((await keeper.get(again.headers["location"])).text)
        checked = await sent(keeper, "units", content, "unit.csv", data={"mapping": "kami"})
        assert checked.status_code == 303, words(checked.text)


async def test_templates_and_exports(site: Site, office: Office) -> None:
    async with site.signed_in(office, "personnel_officer") as keeper:
        template = await keeper.get("/imports/units/template.xlsx")
        assert "attachment" in template.headers["content-disposition"]
        assert load_workbook(io.BytesIO(template.content)).worksheets
        export = await keeper.get("/imports/units/export.csv?on=")
        assert "U1" in export.text
        day = await keeper.get(f"/imports/units/export.xlsx?on={date(2024, 1, 1)}")
        assert day.status_code == 200
        checked = await sent(keeper, "units", export.content, "unit.csv")
        text = words((await keeper.get(checked.headers["location"])).text)
        assert "Baru 0 Berubah 0" in text


async def test_what_is_refused(site: Site, office: Office) -> None:
    async with site.signed_in(office, "personnel_officer") as keeper:
        nothing = await sent(keeper, "people", b"", "leer.csv")
        assert (nothing.status_code, "Pilih dulu sebuah berkas" in nothing.text) == (422, True)
        large = await sent(keeper, "people", b"x" * (21 * 1024 * 1024), "besar.csv")
        assert (large.status_code, "lebih kecil dari 20 MB" in large.text) == (413, True)
        assert (await keeper.get("/imports/nonsense")).status_code == 404
        foreign = {"file": ("a.csv", b"a")}
        assert (await keeper.post("/imports/people/files", files=foreign)).status_code == 403
        kept = (await sent(keeper, "people", workbook(listed()))).headers["location"]
    async with site.signed_in(office, "employee") as employee:
        assert (await employee.get("/imports")).status_code == 403
        assert 'href="/imports"' not in (await employee.get("/organisation")).text
        assert (await employee.get("/imports/people/export.csv")).status_code == 403
    other = await site.running.office("lain")
    async with site.signed_in(other, "tenant_administrator") as stranger:
        assert (await stranger.get(kept)).status_code == 404
        assert "Wijaya" not in (await stranger.get("/imports/people/export.csv")).text


def test_rules_of_the_pages() -> None:
    report = {
        "skipped": [{"line": 9, "why": "total"}, {"line": 3, "why": "empty"}],
        "mapping": {"Nama": "name", "Kode": "code"},
        "ignored_columns": ["Catatan", "Sandi"],
    }
    assert skipped_counts(report) == [("empty", [3]), ("total", [9])]
    titles = {"Nama": "name", "Kode": "code", "Catatan": None, "Sandi": None}
    assert titles_of(report) == titles
    chosen = [
        ("column-0", "name"),
        ("title-1", "Sandi"),
        ("column-1", ""),
        ("title-0", "Nama unit"),
    ]
    assert mapping_of([*chosen, ("column-7", "kind"), ("name", "x")]) == {
        "Nama unit": "name",
        "Sandi": None,
    }


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("must have 18 digits, it has 17", "Harus 18 angka, ini 17."),
        (
            "stands in line 4 too: one row for each person",
            "Sudah ada di baris 4. Tulis satu baris saja.",
        ),
        (
            "fits several units (A1, B2): write the code instead",
            "Cocok dengan beberapa unit (A1, B2). Tulis kodenya.",
        ),
        ("is empty: name the unit", "Kosong, padahal perlu diisi."),
        (
            "fits several posts (A, B): write one of these instead",
            "Cocok dengan beberapa: A, B. Tulis salah satunya.",
        ),
        (
            "is not one of the stored goals: import goals first",
            "Belum tersimpan sebagai goals. Impor itu dulu, atau perbaiki ejaannya.",
        ),
        (
            "overlaps the leave from 2026-01-01 to 2026-06-30: choose other days, or end that one",
            "Bertumpuk dengan yang mulai 2026-01-01. Pilih hari lain, atau akhiri yang itu dulu.",
        ),
        (
            "is not one of the stored posts of this unit: import posts of this unit first",
            "Bukan nama jabatan yang tersimpan di unit ini. Impor jabatannya dulu, perbaiki "
            "ejaannya, atau pilih “Tidak dipakai” untuk kolom ini.",
        ),
        (
            "fits several posts of this unit (STAF, Staf): write one of these instead",
            "Cocok dengan beberapa: STAF, Staf. Tulis salah satunya.",
        ),
        (
            "puts the unit below itself, now or by what is planned: choose another parent",
            "Unit menjadi berada di bawah dirinya sendiri. Pilih unit lain di atasnya.",
        ),
        (
            "leaves a gap from 50 to 60: let them meet",
            "Ada jarak di antara pita nilai. Sambungkan batas-batasnya.",
        ),
        (
            "is an acting post (Plt., Plh.): a row states the definitive one; enter the other",
            "Jabatan Plt. atau Plh. Tulis jabatan definitifnya di sini, lalu tambahkan Plt./Plh. "
            "di halaman pegawai.",
        ),
        ("is something new", None),
    ],
)
def test_reasons_in_the_language_of_the_page(said: str, told: str | None) -> None:
    assert reason_in_words("id", said) == told


def test_reasons_of_the_registry_are_known() -> None:
    """Words of the registry itself, so that a changed sentence is noticed here."""
    for number in ("1", "x", "199013012015011001", "199001011980011001", "199001012015013001"):
        with pytest.raises(NumberRefused) as refused:
            check_number("civil_servant", number)
        assert reason_in_words("id", str(refused.value)), refused.value
    for cell in ("1/1/24", "31-02-2024", "soon", "1 Foo 2024"):
        with pytest.raises(CellRefused) as bad:
            parsed_date(cell)
        assert reason_in_words("id", str(bad.value)), bad.value
    there = Assignment(UUID(int=1), UUID(int=2), UUID(int=3), "definitive", date(2024, 1, 1))
    for unit, day in ((UUID(int=3), date(2025, 1, 1)), (UUID(int=4), date(2024, 1, 1))):
        with pytest.raises(TransferRefused) as moved:
            transfer([there], unit, on=day, new_id=UUID(int=5))
        assert reason_in_words("id", str(moved.value)), moved.value

"""A workbook of employees as an office makes it, with twenty errors planted in it."""

from datetime import date
from pathlib import Path

from openpyxl.worksheet.worksheet import Worksheet

from tests.registry.imports.office import figures, new_book, opened, saved, send
from tests.registry.town import Town

HEADER = ("No", "N I P", "Nama Lengkap", "Status", "Unit Kerja", "T.M.T", "No. HP", "Jabatan")
MAPPED = {"N I P": "number", "Nama Lengkap": "name", "Status": "kind"}
DOCUMENT = (Path(__file__).parents[3] / "docs" / "imports.md").read_text(encoding="utf-8")
Cells = tuple[object, ...]

GOOD: list[Cells] = [
    ("19800101 200604 1 001", "Siti Rahmawati", "PNS", "Disdukcapil", "31-12-2025"),
    ("'198001022006041002", "Budi", "PNS", "dinas  pendidikan", "31/12/2025"),
    ("1980.0103.200604.1.003", "Agus", "pns", "01", date(2025, 12, 31)),
    ("19800104-200604-1-004", "Rina", "", "DINAS PENDIDIKAN.", "31 Desember 2025"),
    ("198001052021211005", "Dewi", "PPPK", "02", "2 Jan 2026"),
    ("198001062006041006", "Hendra", "PNS", "Dinas Pendidikan", "2025-12-31"),
]


def spoilt() -> list[tuple[Cells, str, str]]:
    """Twenty bad rows: cells, the title of the bad column, words of the reason."""

    def row(at: int, **cells: object) -> Cells:
        fields = {
            "number": f"1981010120060410{at:02}",
            "name": f"Orang {at}",
            "kind": "PNS",
            "unit": "01",
            "start": "01-02-2024",
            "phone": "",
        }
        return tuple((fields | cells).values())

    return [
        (row(1, number=1.98001012006041e17), "N I P", "lost its digits"),
        (row(2, number=198001012006041000), "N I P", "lost its digits"),
        (row(3, number="1,98E+17"), "N I P", "lost its digits"),
        (row(4, number="19800101 200604 1 00"), "N I P", "18 digits, it has 17"),
        (row(5, number="1980O1012006041001"), "N I P", "digits only"),
        (row(6, number="198013012006041001"), "N I P", "birth date"),
        (row(7, number="198001012006131001"), "N I P", "digits 13 and 14"),
        (row(8, number="198001012006043001"), "N I P", "digit 15"),
        (row(9, number=""), "N I P", "is empty"),
        (row(10, number="19800101 200604 1 001"), "N I P", "stands in line 7 too"),
        (row(11, number="198001012021211011"), "N I P", "for kind civil_servant"),
        (row(12, name=""), "Nama Lengkap", "is empty"),
        (row(13, name="Si\u200bti"), "Nama Lengkap", "invisible character"),
        (row(14, kind="raja"), "Status", "must be one of"),
        (row(15, unit="Dinas Pertanian"), "Unit Kerja", "is not the code, name or alias"),
        (row(16, unit="Puskesmas"), "Unit Kerja", "fits several units (03, 04)"),
        (row(17, unit=""), "Unit Kerja", "is empty"),
        (row(18, start="31/12/25"), "T.M.T", "two digits"),
        (row(19, start="31 Pebruari 2024"), "T.M.T", "not a day of the calendar"),
        (row(20, phone="nanti"), "No. HP", "phone number"),
    ]


def office_file() -> tuple[bytes, dict[int, tuple[str, str]]]:
    """The workbook, and by line the column and reason of what is wrong."""
    book, cover = new_book("Sampul")
    cover["A1"] = "DAFTAR PEGAWAI"
    sheet = book.create_sheet("Data Pegawai")
    for line, title in enumerate(("PEMERINTAH KOTA", "DAFTAR NAMA PEGAWAI", "Keadaan 2026"), 1):
        sheet.cell(line, 1, title)
        sheet.merge_cells(start_row=line, start_column=1, end_row=line, end_column=len(HEADER))
    sheet.append([])
    sheet.append(HEADER)
    sheet.append(list(range(1, len(HEADER) + 1)))
    expected = {}
    for at, cells in enumerate(GOOD):
        sheet.append([at + 1, *cells])
    for cells, column, words in spoilt():
        if column == "Nama Lengkap":
            sheet.append([])
        sheet.append([len(expected) + 7, *cells, "Staf"])
        expected[sheet.max_row] = (column, words)
    _close(sheet, len(GOOD) + len(expected))
    return saved(book), expected


def _close(sheet: Worksheet, count: int) -> None:
    """What stands below the table."""
    sheet.append(["Jumlah", count])
    sheet.merge_cells(start_row=sheet.max_row, start_column=2, end_row=sheet.max_row, end_column=4)
    sheet.append([])
    for text in ("Bandung, 2 Januari 2026", "Kepala Dinas", "", "Drs. H. Asep", "NIP. 1970 2006"):
        sheet.append([None] * 5 + [text])


async def offices(town: Town) -> None:
    for code, name in (("01", "Dinas Pendidikan"), ("03", "Puskesmas"), ("04", "PUSKESMAS")):
        await town.unit(name, code=code)
    pendidikan = (await town.call("GET", "/v1/units?code=01")).json()["items"][0]["id"]
    staff = {"unit_id": pendidikan, "title": "Staf", "post_kind": "executor"}
    await town.made("/v1/posts", staff)
    capil = await town.unit("Dinas Kependudukan dan Pencatatan Sipil", code="02")
    await town.call("PUT", f"/v1/units/{capil}/aliases", ["Disdukcapil"])


async def names(town: Town) -> set[str]:
    people = (await town.call("GET", "/v1/people")).json()["items"]
    return {person["name"] for person in people}


async def test_twenty_planted_errors_of_a_workbook_are_exactly_those_reported(town: Town) -> None:
    await offices(town)
    file, expected = office_file()
    checked = await send(town, "people", file, dry_run=True)
    assert checked.status_code == 200, checked.text
    report = checked.json()
    found = {bad["line"]: (bad["sheet"], bad["column"]) for bad in report["problems"]}
    assert found == {line: ("Data Pegawai", column) for line, (column, _) in expected.items()}
    assert len(report["problems"]) == 20
    for bad in report["problems"]:
        assert expected[bad["line"]][1] in bad["reason"], bad
    assert (report["header_line"], report["rows"]) == (5, 26)
    assert report["ignored_columns"] == ["No"]
    assert {title: report["mapping"][title] for title in MAPPED} == MAPPED
    assert [skipped["why"] for skipped in report["skipped"]] == [
        *("numbering", "empty", "empty", "total", "empty"),
        *("signature", "signature", "signature", "signature", "signature"),
    ]
    changed = {(cell["line"], cell["to"]) for cell in report["normalised"]}
    assert {(7, "198001012006041001"), (7, "2025-12-31"), (11, "2026-01-02")} <= changed
    assert not {line for line, to in changed if line == 12}

    refused = await send(town, "people", file)
    assert refused.json()["type"] == "urn:tera:problem:import-refused"
    assert refused.json()["errors"][0]["field"] == "sheet Data Pegawai, line 13, N I P"
    assert await names(town) == set()


async def test_the_good_rows_now_and_the_bad_ones_when_they_are_corrected(town: Town) -> None:
    await offices(town)
    file, expected = office_file()
    kept = await send(town, "people", file, dry_run=True, keep=True, file_name="pegawai.xlsx")
    file_id = kept.json()["file_id"]
    stored = await send(town, "people", None, file_id=file_id, rows="good")
    assert figures(stored) == (6, 0, 0, 20)
    assert len(stored.json()["problems"]) == 20
    assert await names(town) == {str(cells[1]) for cells in GOOD}

    answer = await town.call("GET", f"/v1/imports/files/{file_id}/bad-rows")
    book, sheet = opened(answer.content)
    lines = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert lines[0] == [*HEADER, "Alasan / Reason"]
    assert len(lines) == 21
    reasons = [f"{column}: " for column, _ in expected.values()]
    for line, begins in zip(lines[1:], reasons, strict=True):
        assert str(line[-1]).startswith(begins)
        assert line[7] == "Staf"

    for at in range(2, 22):
        cells = (f"1981010120060410{at:02}", f"Orang {at}", "PNS", "01", "01-02-2024", "")
        for column, value in enumerate(cells, 2):
            sheet.cell(at, column, value)
    corrected = await send(town, "people", saved(book))
    assert figures(corrected) == (20, 0, 0, 0)
    assert corrected.json()["ignored_columns"] == ["No"]
    again = await send(town, "people", saved(book))
    assert figures(again) == (0, 0, 20, 0)
    assert len(await names(town)) == 26


async def test_the_example_of_the_documentation_is_true(town: Town) -> None:
    await offices(town)
    example = DOCUMENT.partition("## The bad rows: an example")[2].partition("\n## ")[0]
    tables = [part.splitlines() for part in example.split("\n\n") if part.startswith("|")]
    sent, given_back = (
        [[cell.strip() for cell in line.strip("|").split("|")] for line in (lines[0], *lines[2:])]
        for lines in tables
    )
    book, sheet = new_book("Data")
    for line in sent:
        sheet.append(line)
    kept = await send(town, "people", saved(book), dry_run=True, keep=True)
    stored = await send(town, "people", None, file_id=kept.json()["file_id"], rows="good")
    assert figures(stored) == (1, 0, 0, 2)
    answer = await town.call("GET", f"/v1/imports/files/{kept.json()['file_id']}/bad-rows")
    _, sheet = opened(answer.content)
    assert [[str(cell.value) for cell in line] for line in sheet.iter_rows()] == given_back

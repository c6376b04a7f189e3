"""Imports: every bad row is listed, all rows or none, and a second import changes nothing."""

import contextlib
import io
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.imports.api import FILE_LIMIT
from services.registry.imports.cells import parsed_date
from services.registry.imports.kinds.units import UNITS as UNIT_KIND
from services.registry.imports.layout import Titles
from services.registry.imports.reading import read_file
from services.registry.imports.rules import CellRefused, FileRefused
from tests.registry.test_numbers import GOOD, GOOD_PPPK
from tests.registry.town import Town


async def send(
    town: Town, what: str, file: str | bytes, *, dry_run: bool = False, **call: Any
) -> httpx.Response:
    return await town.call(
        "POST",
        f"/v1/imports/{what}?dry_run={dry_run}",
        content=file.encode() if isinstance(file, str) else file,
        headers={"content-type": "text/csv"},
        **call,
    )


def counts(answer: httpx.Response) -> tuple[int, int, int]:
    assert answer.status_code == 200, answer.text
    report = answer.json()
    return report["created"], report["changed"], report["unchanged"]


UNITS = """\
Kode Unit;Nama Unit;Jenis;Kode Induk;Telepon
32.73;Kota Bandung;kota;;022
32.73.05;Kecamatan Andir;kecamatan;32.73;
32.73.24;Kecamatan Arcamanik;kecamatan;32.73;
"""


async def test_units_with_parents_from_the_same_file(town: Town) -> None:
    answer = await send(town, "units", UNITS)
    assert counts(answer) == (3, 0, 0)
    assert answer.json()["ignored_columns"] == ["Telepon"]
    andir = (await town.call("GET", "/v1/units?code=32.73.05")).json()["items"][0]
    assert [step["name"] for step in andir["path"]] == ["Kota Bandung", "Kecamatan Andir"]

    announced = len(await town.outbox())
    assert counts(await send(town, "units", UNITS)) == (0, 0, 3)
    assert len(await town.outbox()) == announced

    renamed = UNITS.replace("Kecamatan Andir;kecamatan;32.73", "Kec. Andir;kecamatan;32.73.24")
    assert counts(await send(town, "units", renamed)) == (0, 1, 2)
    assert counts(await send(town, "units", "code,name\n32.73.05,Kec. Andir\n")) == (0, 0, 1)
    andir = (await town.call("GET", "/v1/units?code=32.73.05")).json()["items"][0]
    assert [step["name"] for step in andir["path"]][1] == "Kecamatan Arcamanik"


async def test_bad_units_are_all_listed(town: Town) -> None:
    await send(town, "units", UNITS)
    file = (
        "kode,nama,jenis,induk\n"
        ",Tanpa Kode,opd,\n"
        "A,,opd,\n"
        f"B,Bagian,{'j' * 41},\n"
        "C,Cabang,opd,99\n"
        "\n"
        "D,Dinas,opd,E\n"
        "E,Evaluasi,opd,D\n"
        "A,Lagi,opd,\n"
        "32.73,Kota,kota,32.73.05\n"
        "F,Fine,opd,32.73.05\n"
    )
    answer = await send(town, "units", file, dry_run=True)
    assert [(bad["line"], bad["column"]) for bad in answer.json()["problems"]] == [
        (2, "kode"),
        (3, "nama"),
        (4, "jenis"),
        (5, "induk"),
        (7, "induk"),
        (8, "induk"),
        (9, "kode"),
        (10, "induk"),
    ]
    assert (await send(town, "units", file)).status_code == 422
    assert len((await town.call("GET", "/v1/units")).json()["items"]) == 3


PEOPLE = f"""\
NIP,Nama Lengkap,Status Kepegawaian,ID Pegawai,Unit Kerja,TMT
{GOOD},"Rahmawati, Siti",PNS,,32.73.05,2024-01-01
'{GOOD_PPPK},Budi,,,32.73.05,01/02/2024
,Agus,non ASN,L-7,32.73.24,3-3-2024
,Walikota,pejabat negara,W-1,,
"""


async def test_people_with_their_assignments(town: Town) -> None:
    await send(town, "units", UNITS)
    dry = await send(town, "people", PEOPLE, dry_run=True)
    assert (counts(dry), dry.json()["further"], dry.json()["problems"]) == (
        (4, 0, 0),
        {"assignments": 3},
        [],
    )
    assert (await town.call("GET", "/v1/people")).json()["items"] == []

    answer = await send(town, "people", PEOPLE)
    assert (counts(answer), answer.json()["further"]) == ((4, 0, 0), {"assignments": 3})
    people = {p["name"]: p for p in (await town.call("GET", "/v1/people")).json()["items"]}
    assert {name: (p["kind"], p["number"]) for name, p in people.items()} == {
        "Rahmawati, Siti": ("civil_servant", GOOD),
        "Budi": ("pppk", GOOD_PPPK),
        "Agus": ("non_asn", None),
        "Walikota": ("state_official", None),
    }

    announced = len(await town.outbox())
    assert counts(await send(town, "people", PEOPLE)) == (0, 0, 4)
    assert len(await town.outbox()) == announced

    moved = PEOPLE.replace("PNS,,32.73.05,2024-01-01", "PNS,,32.73.24,2025-01-01")
    answer = await send(town, "people", moved)
    assert (counts(answer), answer.json()["further"]) == ((0, 1, 3), {"assignments": 1})
    path = f"/v1/people/{people['Rahmawati, Siti']['id']}/assignments"
    held = (await town.call("GET", path)).json()
    assert [(a["valid_from"], a["valid_until"]) for a in held] == [
        ("2024-01-01", "2025-01-01"),
        ("2025-01-01", None),
    ]
    assert counts(await send(town, "people", moved)) == (0, 0, 4)


def planted() -> list[tuple[list[str], str, str]]:
    """Twenty bad rows: cells, the column that is wrong, words of the reason."""
    start = "2024-01-01"

    def number(text: str) -> list[str]:
        return [text, "Siti", "PNS", "", "01", start]

    return [
        (number("19790131200501100"), "nip", "18 digits, it has 17"),
        (number("197902302005011001"), "nip", "birth date"),
        (number("197901311970011001"), "nip", "after that of birth"),
        (number("197901312005131001"), "nip", "digits 13 and 14"),
        (number("197901312005013001"), "nip", "digit 15"),
        (number("19790131200501100A"), "nip", "digits only"),
        (number("1.97901E+17"), "nip", "Format the column as text"),
        (number("199002282021211001"), "nip", "for kind civil_servant"),
        (["198101012006041001", "Siti", "PPPK", "", "01", start], "nip", "for kind pppk"),
        (["", "Siti", "PNS", "", "01", start], "nip", "is empty"),
        (["", "Siti", "PNS", "S-1", "01", start], "nip", "is missing"),
        (["198101012006041002", "", "PNS", "", "01", start], "nama", "is empty"),
        (["198101012006041003", "N" * 201, "PNS", "", "01", start], "nama", "200 characters"),
        (["198101012006041004", "Si\x07ti", "PNS", "", "01", start], "nama", "invisible character"),
        (["198101012006041005", "Siti", "raja", "", "01", start], "jenis", "must be one of"),
        (["", "Siti", "", "S-2", "01", start], "jenis", "must be stated"),
        (["198101012006041006", "Siti", "PNS", "", "77", start], "unit", "not the code"),
        (["198101012006041007", "Siti", "PNS", "", "", start], "unit", "is empty"),
        (["198101012006041008", "Siti", "PNS", "", "01", "31/02/2024"], "tmt", "calendar"),
        (["198101012006041009", "Siti", "PNS", "", "01", "besok"], "tmt", "must be a date"),
    ]


async def test_twenty_planted_errors_are_exactly_those_reported(town: Town) -> None:
    await town.unit("Dinas", code="01")
    good = [f"1982010120060410{n:02},Orang {n},PNS,,01,2024-01-01" for n in range(80)]
    expected = {}
    lines = ["nip,nama,jenis,id,unit,tmt"]
    for place, row in enumerate(good):
        lines.append(row)
        if place % 4 == 0:
            cells, column, words = planted()[place // 4]
            lines.append(",".join(cells))
            expected[len(lines)] = (column, words)
    file = "\n".join(lines)
    problems = (await send(town, "people", file, dry_run=True)).json()["problems"]
    assert len(problems) == len(expected) == 20
    for problem in problems:
        column, words = expected[problem["line"]]
        assert problem["column"] == column, problem
        assert words in problem["reason"]

    answer = await send(town, "people", file)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:tera:problem:import-refused")
    assert "20 of 100 rows" in answer.json()["detail"]
    assert len(answer.json()["errors"]) == 20
    assert answer.json()["errors"][0] == {
        "field": "line 3, nip",
        "problem": "must have 18 digits, it has 17",
    }
    assert "19790131200501100" not in answer.text
    assert (await town.call("GET", "/v1/people")).json()["items"] == []


async def test_what_the_stored_people_forbid(town: Town) -> None:
    await send(town, "units", UNITS)
    await send(town, "people", PEOPLE)
    file = (
        "NIP,Nama,ID,Unit,TMT\n"
        f"{GOOD},Siti,L-7,,\n"  # the id is somebody else's
        f"{GOOD_PPPK},Budi,,32.73.05,2024-06-01\n"  # is there already
        f"{GOOD_PPPK},Budi,,,\n"  # twice in the file
        ",Agus,L-7,32.73.05,2024-03-03\n"  # begins elsewhere that very day
        ",Walikota,W-1,32.73.05,\n"  # from when?
        ",Agus,L-7,32.73.05,2020-01-01\n"  # twice, and before what is stored
    )
    problems = (await send(town, "people", file, dry_run=True)).json()["problems"]
    assert [(p["line"], p["column"]) for p in problems] == [
        (2, "ID"),
        (3, "TMT"),
        (4, "NIP"),
        (5, "ID"),
        (6, "TMT"),
        (7, "ID"),
    ]


CSV = "kode;nama;jenis\n01;Dinas Pendidikan – Cabang;opd\n02;Puskesmas;upt\n"
FORMS: dict[str, Callable[[], bytes]] = {
    "plain": CSV.encode,
    "byte order mark": lambda: b"\xef\xbb\xbf" + CSV.encode(),
    "comma": lambda: CSV.replace(";", ",").encode(),
    "tab": lambda: CSV.replace(";", "\t").encode(),
    "windows": lambda: CSV.replace("\n", "\r\n").encode("windows-1252"),
    "quoted": lambda: CSV.replace("Puskesmas", '"Puskesmas"').encode(),
    "english": lambda: CSV.replace("kode;nama;jenis", "Code; NAME ;type").encode(),
    "empty lines": lambda: CSV.replace("\n", "\n;;\n\n").encode(),
    "no end": lambda: CSV.rstrip().encode(),
}


@pytest.mark.parametrize("form", FORMS)
async def test_files_come_in_many_forms(town: Town, form: str) -> None:
    assert counts(await send(town, "units", FORMS[form]())) == (2, 0, 0)
    names = [unit["name"] for unit in (await town.call("GET", "/v1/units")).json()["items"]]
    assert sorted(names) == ["Dinas Pendidikan – Cabang", "Puskesmas"]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b"PK\x03\x04....", "workbook is damaged"),
        (b"\xd0\xcf\x11\xe0....", "old Excel"),
        ("kode;nama\n".encode("utf-16"), "UTF-16"),
        (b"kode;nama\n\x00;a\n", "not text"),
        (b"", "no column for code"),
        (b"kode;alamat\n1;2\n", "no column for name (such as 'Nama unit')"),
        (b"kode;code;nama\n1;2;3\n", "'kode' and 'code' both mean code"),
        (b'kode;nama\n1;"open\n', "breaks off"),
    ],
)
async def test_files_that_cannot_be_read_say_why(town: Town, file: bytes, words: str) -> None:
    answer = await send(town, "units", file)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:tera:problem:unreadable-file")
    assert words in answer.json()["detail"]


async def test_too_large_or_no_file_at_all(town: Town) -> None:
    answer = await send(town, "units", b"kode;nama\n" + b"x" * FILE_LIMIT)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:tera:problem:body-too-large")
    answer = await town.call("POST", "/v1/imports/units", {"file": "units.csv"})
    assert (answer.status_code, answer.json()["type"]) == (415, "urn:tera:problem:send-a-file")
    answer = await send(town, "units", UNITS, role="employee")
    assert answer.status_code == 403


async def test_five_thousand_rows_in_seconds(town: Town) -> None:
    units = "kode,nama,induk\n" + "".join(
        f"U{n},Unit {n},{f'U{n // 10}' if n else ''}\n" for n in range(500)
    )
    assert counts(await send(town, "units", units)) == (500, 0, 0)
    people = "nip,nama,unit,tmt\n" + "".join(
        f"1980{n // 500 % 12 + 1:02}{n % 28 + 1:02}20050{n // 250 % 9 + 1}1{n % 1000:03},"
        f"Orang {n},U{n % 500},2024-01-01\n"
        for n in range(5000)
    )
    started = time.monotonic()
    answer = await send(town, "people", people)
    assert counts(answer) == (5000, 0, 0)
    assert time.monotonic() - started < 10
    assert counts(await send(town, "people", people)) == (0, 0, 5000)
    announced = [json.loads(row["body"]) for row in await town.outbox()]
    assert len(announced) == 1 + 500 + 5000 + 5000


TITLES = Titles(UNIT_KIND.columns, UNIT_KIND.required)


@given(st.one_of(st.binary(), st.text().map(lambda text: f"kode,nama\n{text}".encode())))
def test_any_file_is_read_or_refused(content: bytes) -> None:
    try:
        sheet = read_file(content, TITLES)
    except FileRefused:
        return
    lines = [row.line for row in sheet.rows]
    assert lines == sorted(set(lines))


cells = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2)


@given(st.lists(cells), st.sampled_from(";,\t"))
def test_rows_keep_their_line(rows: list[list[str]], delimiter: str) -> None:
    quoted = [
        ["kode", "nama"],
        *[[f'"{c.replace(chr(34), chr(34) * 2)}"' for c in r] for r in rows],
    ]
    lines = [delimiter.join(row) for row in quoted]
    sheet = read_file("\r\n".join(lines).encode(), TITLES)
    expected, at = [], 2
    for row, line in zip(rows, lines[1:], strict=True):
        if any(cell.strip() for cell in row):
            expected.append(at)
        at += len(io.StringIO(line, newline="").readlines()) or 1
    assert [row.line for row in sheet.rows] == expected


@given(st.text(max_size=12))
def test_a_date_is_read_or_refused(cell: str) -> None:
    with contextlib.suppress(CellRefused):
        assert str(parsed_date(cell).year) in "".join(
            str(int(c)) if c.isdigit() else c for c in cell
        )

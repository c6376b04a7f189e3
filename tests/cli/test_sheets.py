"""Reading answers from CSV files as offices have them."""

from datetime import UTC, date, datetime

import pytest

from cli.paper.sheets import Bad, HeaderError, Sheet, Sheets, read_sheets

NAMES = "persyaratan,prosedur,waktu,biaya,produk,kompetensi,perilaku,pengaduan,sarana"
ALL = dict(zip(NAMES.split(","), (1, 2, 3, 4, 1, 2, 3, 4, 1), strict=True))
ROW = "1,2,3,4,1,2,3,4,1"


def read(text: str, *, u8: str | None = None, day: date | None = None) -> Sheets:
    return read_sheets(text.encode(), zone="Asia/Jakarta", u8=u8, day=day)


@pytest.mark.parametrize(
    "header",
    [
        NAMES,
        NAMES.upper(),
        " Persyaratan , Prosedur,Waktu Penyelesaian,Biaya/Tarif,Produk Layanan,"
        "Kompetensi Pelaksana,Perilaku Pelaksana,Penanganan Pengaduan,Sarana & Prasarana".replace(
            "&", "dan"
        ),
        "U1,u2,U 3,U-4,Unsur 5,U6,U7,U8,U9",
    ],
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_headers_of_many_kinds(header: str, separator: str, start: str) -> None:
    text = f"{start}{header}\r\n{ROW}\r\n".replace(",", separator)
    assert read(text, u8="pengaduan") == Sheets([Sheet(2, ALL, None, None)], [], [])


def test_u8_has_to_be_told() -> None:
    header = "U1,U2,U3,U4,U5,U6,U7,U8,U9"
    with pytest.raises(HeaderError, match="--u8 sarana or --u8 pengaduan"):
        read(f"{header}\n{ROW}\n")
    [sheet] = read(f"{header}\n{ROW}\n", u8="sarana").good
    assert (sheet.scores["sarana"], sheet.scores["pengaduan"]) == (4, 1)
    assert read("U1,U7\n3,4\n").good[0].scores == {"persyaratan": 3, "perilaku": 4}


def test_other_columns_are_ignored_and_named() -> None:
    sheets = read("No;Nama;waktu;;Alamat\n1;Siti;3;;Jl. Diponegoro\n")
    assert sheets.ignored == ["No", "Nama", "", "Alamat"]
    assert sheets.good == [Sheet(2, {"waktu": 3}, None, None)]


def test_who_answered_is_read_as_offices_write_it() -> None:
    sheets = read(
        "waktu;Jenis Kelamin;Usia;Pendidikan Terakhir;Pekerjaan\n"
        "3;P;34;S1;PNS\n"
        "3;Laki-laki;19 tahun;SMA/SMK;Wiraswasta\n"
        "3;;60;;\n"
        "3;L;20-29;D3;Pegawai Swasta\n"
    )
    assert (sheets.bad, sheets.ignored) == ([], [])
    assert [sheet.profile for sheet in sheets.good] == [
        {"sex": "woman", "age_band": "30_39", "education": "s1", "occupation": "pns"},
        {"sex": "man", "age_band": "under_20", "education": "sma", "occupation": "wirausaha"},
        {"age_band": "60_plus"},
        {"sex": "man", "age_band": "20_29", "education": "diploma", "occupation": "swasta"},
    ]
    wrong = read("waktu,umur,JK\n3,0,L\n3,121,X\n3,-5,\n3,tua,\n3,119,l\n")
    assert [(bad.line, bad.column) for bad in wrong.bad] == [
        (2, "umur"), (3, "umur"), (3, "JK"), (4, "umur"), (5, "umur"),
    ]  # fmt: skip
    assert "use an age in years" in wrong.bad[0].reason
    assert [sheet.profile["age_band"] for sheet in wrong.good] == ["60_plus"]
    with pytest.raises(HeaderError, match="umur and usia both mean age_band"):
        read("waktu,umur,usia\n3,1,1\n")


def test_every_bad_row_has_line_column_and_reason() -> None:
    text = (
        "waktu,Biaya,answered_at\n"
        "3,5,\n"
        "\n"
        "x,0,kemarin\n"
        "3,,2026-03-05\n"
        ",,\n"
        "3,4,2026-03-05,9\n"
        '3,"4.5",\n'
        ", ,2026-03-05\n"
    )
    sheets = read(text)
    assert [sheet.line for sheet in sheets.good] == [5]
    assert [(bad.line, bad.column) for bad in sheets.bad] == [
        (2, "Biaya"),
        (4, "waktu"),
        (4, "Biaya"),
        (4, "answered_at"),
        (7, ""),
        (8, "Biaya"),
        (9, ""),
    ]
    assert sheets.bad[0] == Bad(2, "Biaya", "“5” is not a mark: use 1, 2, 3, 4, or leave it empty")


def test_times_of_rows() -> None:
    text = "waktu,answered_at\n1,2026-03-05\n2,2026-03-05T23:30:00Z\n3,2026-03-05 23:30\n4,\n"
    sheets = read(text, day=date(2026, 2, 1))
    assert [(sheet.answered_at, sheet.day) for sheet in sheets.good] == [
        (None, date(2026, 3, 5)),
        (datetime(2026, 3, 5, 23, 30, tzinfo=UTC), None),
        (datetime(2026, 3, 5, 16, 30, tzinfo=UTC), None),
        (None, date(2026, 2, 1)),
    ]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("0001-01-01T00:00:00", "is not a time"),
        ("0001-01-01T00:00:00+14:00", "is not a time"),
        ("1850-01-01", "is not of the years 2000 to 2199: correct it"),
        ("1999-12-30T23:59:59Z", "is not of the years 2000 to 2199: correct it"),
        ("2200-01-01T00:00:00Z", "is not of the years 2000 to 2199: correct it"),
    ],
)
def test_times_at_which_nobody_was_served(cell: str, words: str) -> None:
    sheets = read(f"waktu,answered_at\n3,{cell}\n")
    assert sheets.good == []
    [bad] = sheets.bad
    assert (bad.line, bad.column) == (2, "answered_at")
    assert words in bad.reason


def test_lines_are_those_of_the_file() -> None:
    sheets = read('waktu,Saran\n3,"dua\nbaris"\n\n4,\n')
    assert [sheet.line for sheet in sheets.good] == [2, 5]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "names no element"),
        (b"nama;umur\nSiti;30\n", "names no element"),
        ("waktu,Wäktu\n".encode("cp1252") + b"3,4\n", "UTF-8"),
        ("waktu\n3\n".encode("utf-16"), "UTF-8"),
        (b"waktu,U3\n3,3\n", "both mean waktu"),
        (b"waktu,tanggal,answered_at\n3,,\n", "both give the time"),
        (b'waktu\n"3\n', "quotes"),
    ],
)
def test_files_that_cannot_be_understood(content: bytes, words: str) -> None:
    with pytest.raises(HeaderError, match=words):
        read_sheets(content, zone="Asia/Jakarta", day=None)

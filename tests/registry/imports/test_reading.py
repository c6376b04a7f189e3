"""What is read of a file: all that was written, whatever the cells look like, or a refusal."""

import contextlib
import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.registry.imports.cells import MONTHS, parsed_date, trimmed, whole
from services.registry.imports.kinds import KINDS
from services.registry.imports.layout import Titles
from services.registry.imports.reading import read_file
from services.registry.imports.rules import CellRefused, FileRefused, Findings, Row, Sheet
from services.registry.imports.writing import Format, exported
from tests.registry.imports.office import new_book, saved

UNITS = KINDS["units"]
TITLES = Titles(UNITS.columns, UNITS.required)
FIELDS = [column.field for column in UNITS.columns]
TEXT = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=20).filter(
    lambda text: trimmed(text) == text
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.fixed_dictionaries(dict.fromkeys(FIELDS, TEXT)), max_size=5),
    st.sampled_from(["xlsx", "csv"]),
)
def test_what_is_exported_is_read_again(rows: list[dict[str, str]], form: Format) -> None:
    sheet = read_file(exported(UNITS, rows, form), TITLES)
    # What looks like a total or a note below the table is none of the rows, and is told.
    read = {row.line: dict(row.cells) for row in sheet.rows}
    skipped = {line.line for line in sheet.skipped}
    assert read == {at: row for at, row in enumerate(rows, 2) if at not in skipped}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 30))
def test_a_broken_workbook_is_read_or_refused(seed: int, count: int) -> None:
    broken = bytearray(BOOK)
    chance = random.Random(seed)
    for _ in range(count):
        broken[chance.randrange(4, len(broken))] = chance.randrange(256)
    with contextlib.suppress(FileRefused):
        assert len(read_file(bytes(broken), TITLES).header) >= 2


def small_book() -> bytes:
    book, sheet = new_book("Data")
    sheet.append(("kode", "nama"))
    sheet.append((1, date(2024, 1, 31)))
    return saved(book)


BOOK = small_book()


def test_numbers_and_dates_of_cells_become_the_text_that_is_meant() -> None:
    book, sheet = new_book("Data")
    sheet.append(("Kode", "Nama"))
    for value in (7, 7.0, 7.5, True, date(2024, 1, 31), "=1+1"):
        sheet.append((value, "x"))
    sheet.append((3, "y"))
    sheet["A8"].number_format = "0000"
    rows = read_file(saved(book), TITLES).rows
    # A formula that no program has computed yet has no value.
    shown = ["7", "7", "7.5", "TRUE", "2024-01-31", "", "0003"]
    assert [row["code"] for row in rows] == shown


def test_signatures_are_no_rows_and_rows_are_no_signatures() -> None:
    lines = [
        "kode;nama;jenis",
        "1;2;3",
        "01;Kepala Badan;opd",
        ";Mengetahui;",
        "02;Dinas;opd",
        "kode;nama;jenis",
        "Jumlah;2;",
        ";;Kepala Dinas",
        ";;NIP. 1970",
    ]
    sheet = read_file("\n".join(lines).encode(), TITLES)
    assert [row.line for row in sheet.rows] == [3, 4, 5]
    assert [(line.line, line.why) for line in sheet.skipped] == [
        (2, "numbering"),
        (6, "header"),
        (7, "total"),
        (8, "signature"),
        (9, "signature"),
    ]


@given(st.dates(), st.sampled_from(sorted(MONTHS)), st.sampled_from([" ", "-", "/", ". "]))
def test_dates_as_text(day: date, month: str, sign: str) -> None:
    number = MONTHS[month]
    written = f"{min(day.day, 28)}{sign}{month.title()}{sign}{day.year:04}"
    assert parsed_date(written) == date(day.year, number, min(day.day, 28))


@pytest.mark.parametrize(
    "cell", ["31/12/25", "1 Jan 25", "2024", "45292", "31/02/2024", "1-x-2024"]
)
def test_dates_that_are_none(cell: str) -> None:
    with pytest.raises(CellRefused):
        parsed_date(cell)


@pytest.mark.parametrize(
    ("cell", "number"),
    [("15", 15), ("Rp 1.250.000,00", 1_250_000), ("1,250", 1250), ("-1", None), ("1.5", None)],
)
def test_whole_numbers_as_offices_write_them(cell: str, number: int | None) -> None:
    row = Row(2, {"cost": cell}, (cell,))
    findings = Findings(Sheet("", "utf-8", 1, ("Biaya",), {"cost": 0}, [row]))
    assert whole(row, "cost", findings, most=10_000_000) == number
    assert bool(findings.bad()) == (number is None)

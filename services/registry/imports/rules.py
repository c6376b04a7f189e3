"""A CSV file as offices have it: rows with line numbers, columns found by their usual names."""

import codecs
import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

_DELIMITERS = ";,\t"
_LONGEST_CELL = 200
_ISO = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})$")
_LOCAL = re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$")


class FileRefused(ValueError):  # noqa: N818 - it reads as a sentence
    """Nothing of the file can be used; the message says what to change."""


class CellRefused(ValueError):  # noqa: N818 - it reads as a sentence
    """One cell cannot be used; the message never repeats it: it may be anybody's data."""


@dataclass(frozen=True, slots=True)
class BadCell:
    """What is wrong where: `line` counts from 1 with the header, `column` as the file names it."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells by our field names, blanks trimmed; absent cells are empty."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that could be read. `columns` maps our field names to the file's own."""

    rows: list[Row]
    columns: Mapping[str, str]
    ignored: list[str]
    encoding: str
    bad: list[BadCell] = field(default_factory=list)

    def refuse(self, row: Row, name: str, reason: str) -> BadCell:
        """The finding about one cell, in the file's own words."""
        return BadCell(row.line, self.columns.get(name, name), reason)


def read_sheet(
    content: bytes, names: Mapping[str, frozenset[str]], *, required: frozenset[str]
) -> Sheet:
    """Read a CSV file with a header; `names` lists what each field's column may be called.

    UTF-8 with or without a byte order mark, or Windows-1252; separated by semicolon, comma or tab,
    whichever the header has most of. Names match whatever their case, blanks and signs. Empty lines
    are skipped, unknown columns ignored and named. Raises `FileRefused`.
    """
    text, encoding = _decoded(content)
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    bad: list[BadCell] = []
    try:
        header = [_trimmed(cell) for cell in next(reader, [])]
        fields, ignored = _matched(header, names, required)
        start = reader.line_num + 1
        for cells in reader:
            line, start = start, reader.line_num + 1
            if any(cell.strip() for cell in cells):
                row, findings = _row(line, cells, header=header, fields=fields)
                rows.append(row)
                bad += findings
    except csv.Error as error:
        raise FileRefused(
            f"The file breaks off at line {reader.line_num} ({error}): check its quotation marks."
        ) from None
    columns = {name: header[place] for name, place in fields.items()}
    return Sheet(rows, columns, ignored, encoding, bad)


def parsed_date(cell: str) -> date:
    """2024-01-31, or day first: 31/01/2024, 31-1-2024, 31.01.2024. Raises `CellRefused`."""
    if found := _ISO.match(cell):
        year, month, day = found.groups()
    elif found := _LOCAL.match(cell):
        day, month, year = found.groups()
    else:
        raise CellRefused("must be a date such as 2024-01-31 or 31/01/2024")
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise CellRefused(
            "is not a day of the calendar: dates are 2024-01-31 or 31/01/2024"
        ) from None


def _decoded(content: bytes) -> tuple[str, str]:
    if content.startswith(b"PK\x03\x04"):
        raise FileRefused("This is an Excel workbook: save it as CSV (UTF-8) and send that.")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FileRefused("The file is in UTF-16: save it as CSV (UTF-8) and send that.")
    for encoding in ("utf-8-sig", "windows-1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text, encoding.removesuffix("-sig")
    raise FileRefused("The file is not text: save it as CSV (UTF-8) and send that.")


def _matched(
    header: list[str], names: Mapping[str, frozenset[str]], required: frozenset[str]
) -> tuple[dict[str, int], list[str]]:
    fields: dict[str, int] = {}
    ignored = []
    for place, title in enumerate(header):
        plain = re.sub(r"[^a-z0-9]", "", title.lower())
        name = next((name for name, known in names.items() if plain in known), None)
        if name is None:
            ignored += [title] if title else []
        elif name in fields:
            raise FileRefused(
                f"The columns {header[fields[name]]!r} and {title!r} both mean {name}: remove one."
            )
        else:
            fields[name] = place
    if missing := sorted(required - fields.keys()):
        examples = ", ".join(f"{name} (such as {min(names[name])!r})" for name in missing)
        raise FileRefused(f"The first line names no column for {examples}: add it.")
    return fields, ignored


def _row(
    line: int, cells: list[str], *, header: list[str], fields: Mapping[str, int]
) -> tuple[Row, list[BadCell]]:
    bad = []
    if any(cell.strip() for cell in cells[len(header) :]):
        reason = f"the row has {len(cells)} cells and the header {len(header)}: quote what is text"
        bad.append(BadCell(line, "", reason))
    values = {}
    for name, place in fields.items():
        value = _trimmed(cells[place]) if place < len(cells) else ""
        if len(value) > _LONGEST_CELL:
            bad.append(BadCell(line, header[place], f"has more than {_LONGEST_CELL} characters"))
        elif not value.isprintable():
            bad.append(BadCell(line, header[place], "holds an invisible character: type it again"))
        values[name] = value
    return Row(line, values), bad


def _trimmed(cell: str) -> str:
    # A leading apostrophe is how spreadsheets mark digits as text.
    return " ".join(cell.split()).removeprefix("'")

"""XLSX files: values as they were last computed, text as it stands, within limits."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import IO, Any, Final

from openpyxl import load_workbook

from services.registry.imports.cells import LOST_DIGITS
from services.registry.imports.grids import Grid, Line
from services.registry.imports.rules import FileRefused

ZIP: Final = b"PK\x03\x04"
OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
MOST_UNPACKED: Final = 120 * 1024 * 1024
"""Bytes of all parts together; a row of twenty cells has about 1,000."""
_MOST_PARTS: Final = 2_000
_MOST_COLUMNS: Final = 200
_MOST_MERGED: Final = 50_000
"""Cells that are filled from the one they are merged with."""
_EXACT_DIGITS: Final = 15
_MERGED = re.compile(rb'mergeCell [^>]*?ref="([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})"')
_ERROR_WORDS: Final = "holds the error of a formula: correct the formula or type the value"


def read_xlsx(content: bytes, *, most_rows: int) -> Iterator[Grid]:
    """The sheets in their order, each read when it is asked for. Raises `FileRefused`."""
    _check(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        for sheet in book.worksheets:
            merged = _merged(content, sheet)
            lines = _filled(_lines(sheet, most_rows=most_rows), merged)
            yield Grid(sheet.title, "xlsx", lines, hidden=sheet.sheet_state != "visible")
        book.close()
    except (FileRefused, GeneratorExit):
        raise
    except Exception as error:
        # Whatever a reader of broken files trips over: the sender can only save it again.
        raise FileRefused(
            f"The workbook cannot be read ({type(error).__name__}): open it in a spreadsheet "
            "program, save it as XLSX again, and send that."
        ) from None


def _check(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            infos = parts.infolist()
            if any(info.filename.lower().endswith("vbaproject.bin") for info in infos):
                raise FileRefused("The workbook has macros: save it as XLSX without macros.")
            size = sum(info.file_size for info in infos)
            if len(infos) > _MOST_PARTS or size > MOST_UNPACKED:
                raise FileRefused(
                    "The workbook is too large once unpacked: copy the rows into a new one, "
                    "without empty formatted rows and pictures, or split it."
                )
            for info in infos:
                with parts.open(info) as part:
                    if b"<!DOCTYPE" in part.read(2048):
                        raise FileRefused("The workbook holds a DOCTYPE: save it as XLSX again.")
    except FileRefused:
        raise
    except Exception:
        # What a broken archive may raise is not said anywhere: zlib, struct and others do.
        raise FileRefused(
            "The workbook is damaged or has a password: save it as XLSX again, without one."
        ) from None


def _lines(sheet: Any, *, most_rows: int) -> list[Line]:
    """The lines with anything in them, and the empty ones between."""
    sheet.reset_dimensions()
    lines: list[Line] = []
    last, filled = 0, 0
    for number, cells in enumerate(sheet.iter_rows(max_col=_MOST_COLUMNS), 1):
        if all(cell.value is None for cell in cells):
            continue
        filled += 1
        if filled > most_rows or number > 10 * most_rows:
            raise FileRefused(f"Sheet {sheet.title} has more than {most_rows} rows: split it.")
        lines += [Line(empty, []) for empty in range(last + 1, number)]
        texts, flaws = [], {}
        for at, cell in enumerate(cells):
            text, flaw = _text(cell)
            texts.append(text)
            if flaw:
                flaws[at] = flaw
        while texts and not texts[-1]:
            texts.pop()
        lines.append(Line(number, texts, flaws))
        last = number
    return lines


def _text(cell: Any) -> tuple[str, str]:
    """A cell as text, and why it cannot be trusted."""
    value = cell.value
    if value is None or isinstance(value, str):
        flaw = _ERROR_WORDS if value and cell.data_type == "e" else ""
        return value or "", flaw
    if isinstance(value, bool):
        return str(value).upper(), ""
    if isinstance(value, datetime):
        return (value.date() if value.time() == time() else value).isoformat(), ""
    if isinstance(value, date | time | timedelta):
        return str(value), ""
    return _number(value, cell.number_format or "")


def _number(value: int | float, shown: str) -> tuple[str, str]:
    exact = abs(value) < 10**_EXACT_DIGITS
    if not exact:
        return f"{value:.15g}", LOST_DIGITS
    if value == int(value):
        # `0000` shows zeros in front, and means them: a code.
        width = len(shown) if shown and set(shown) == {"0"} else 0
        return str(int(value)).zfill(width), ""
    return repr(value), ""


def _merged(content: bytes, sheet: Any) -> list[tuple[int, int, int]]:
    """Cells merged over several lines: column from 0, first and last line."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts, parts.open(_path(sheet)) as part:
        found = [
            (_column(match[1]), int(match[2]), int(match[3])) for match in _merged_ranges(part)
        ]
    return [(column, first, last) for column, first, last in found if last > first]


def _path(sheet: Any) -> str:
    # There is no public name for it; merged ranges stand behind the rows and are not read with
    # them.
    path: str = sheet._worksheet_path
    return path


def _merged_ranges(part: IO[bytes]) -> Iterator[re.Match[bytes]]:
    kept = b""
    while chunk := part.read(1 << 20):
        text = kept + chunk
        end = 0
        for match in _MERGED.finditer(text):
            end = match.end()
            yield match
        kept = text[max(end, len(text) - 200) :]


def _column(letters: bytes) -> int:
    at = 0
    for letter in letters:
        at = at * 26 + letter - ord("A") + 1
    return at - 1


def _filled(lines: list[Line], merged: list[tuple[int, int, int]]) -> list[Line]:
    """What is merged over several lines holds for each of them."""
    left = _MOST_MERGED
    for column, first, last in merged:
        value = lines[first - 1].cells[column : column + 1] if first <= len(lines) else []
        if not value or not value[0]:
            continue
        for line in lines[first : min(last, len(lines))]:
            left -= 1
            if left < 0:
                raise FileRefused("Too many cells are merged: unmerge them and send it again.")
            line.cells.extend([""] * (column + 1 - len(line.cells)))
            line.cells[column] = line.cells[column] or value[0]
    return lines

"""CSV files: UTF-8 with or without a byte order mark, or Windows-1252."""

import codecs
import csv
import io
from collections.abc import Callable
from typing import Final

from services.registry.imports.grids import Grid, Line
from services.registry.imports.rules import FileRefused

_DELIMITERS: Final = ";,\t|"
_HEAD: Final = 50
"""Lines that are looked at to find what separates cells."""


def read_csv(content: bytes, *, score: Callable[[list[str]], int], most_rows: int) -> Grid:
    """The file's lines. `score` says how much a line of cells looks like a header: by it the
    separator is chosen. Raises `FileRefused`."""
    text, encoding = _decoded(content)
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=_delimiter(text, score), strict=True
    )
    lines: list[Line] = []
    start = 1
    try:
        for cells in reader:
            lines.append(Line(start, cells))
            start = reader.line_num + 1
            if len(lines) > most_rows:
                raise FileRefused(f"The file has more than {most_rows} lines: split it.")
    except csv.Error as error:
        raise FileRefused(
            f"The file breaks off at line {reader.line_num} ({error}): check its quotation marks."
        ) from None
    return Grid("", encoding, lines)


def _delimiter(text: str, score: Callable[[list[str]], int]) -> str:
    head = text[:100_000].splitlines()[:_HEAD]

    def fits(delimiter: str) -> tuple[int, int]:
        best = max((score(_split(line, delimiter)) for line in head), default=0)
        return best, sum(line.count(delimiter) for line in head)

    return max(_DELIMITERS, key=fits)


def _split(line: str, delimiter: str) -> list[str]:
    return [cell.strip().strip('"') for cell in line.split(delimiter)]


def _decoded(content: bytes) -> tuple[str, str]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FileRefused("The file is in UTF-16: save it as CSV (UTF-8) or XLSX and send that.")
    for encoding in ("utf-8-sig", "windows-1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text, encoding.removesuffix("-sig")
    raise FileRefused("The file is not text: save it as CSV (UTF-8) or XLSX and send that.")

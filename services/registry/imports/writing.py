"""Files that offices open: templates, exports, bad rows. No cell of them is ever a formula."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from services.registry.imports.cells import guarded
from services.registry.imports.kind import AnyKind
from services.registry.imports.rules import REASON_TITLE, BadCell, Row, Sheet

Format = Literal["xlsx", "csv"]
MEDIA: Final[Mapping[Format, str]] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
_TEXT: Final = "@"


def template(kind: AnyKind, form: Format) -> bytes:
    """An empty file: a line that explains each column, and below it the header."""
    help_line = [f"{column.english}: {column.help}" for column in kind.columns]
    header = [column.title for column in kind.columns]
    return _file(form, kind.name, [help_line, header], (), wraps=1)


def exported(kind: AnyKind, rows: Iterable[Mapping[str, str]], form: Format) -> bytes:
    """What an import of the same kind understands, and finds nothing changed in."""
    header = [column.title for column in kind.columns]
    cells = ([row.get(column.field, "") for column in kind.columns] for row in rows)
    return _file(form, kind.name, [header], cells)


def bad_rows(sheet: Sheet, bad: Iterable[BadCell], form: Format) -> bytes:
    """The bad rows as they were sent, with the reasons in a column of its own."""
    reasons: dict[int, list[str]] = {}
    for cell in bad:
        words = f"{cell.column}: {cell.reason}" if cell.column else cell.reason
        reasons.setdefault(cell.line, []).append(words)
    kept = [at for at, title in enumerate(sheet.header) if title != REASON_TITLE]
    header = [*(sheet.header[at] for at in kept), REASON_TITLE]
    rows = (
        [*_given(row, kept), "; ".join(reasons[row.line])]
        for row in sheet.rows
        if row.line in reasons
    )
    return _file(form, sheet.name or "data", [header], rows)


def _given(row: Row, kept: Sequence[int]) -> list[str]:
    return [row.given[at] if at < len(row.given) else "" for at in kept]


def _file(
    form: Format,
    title: str,
    head: Sequence[Sequence[str]],
    rows: Iterable[Sequence[str]],
    *,
    wraps: int = 0,
) -> bytes:
    """`head` are the lines above the rows, the header last; the first `wraps` of them are long."""
    if form == "csv":
        return _csv([*head, *rows])
    return _xlsx(title, head, rows, wraps=wraps)


def _csv(lines: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    for line in lines:
        writer.writerow([guarded(cell) for cell in line])
    # Spreadsheets take a file without the mark for one of their own, old encoding.
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _xlsx(
    title: str, head: Sequence[Sequence[str]], rows: Iterable[Sequence[str]], *, wraps: int
) -> bytes:
    book = Workbook(write_only=True)
    sheet: WriteOnlyWorksheet = book.create_sheet(title[:31])
    # The stubs forget what both kinds of worksheets have.
    dimensions = getattr(sheet, "column_dimensions")  # noqa: B009
    for at, name in enumerate(head[-1], 1):
        column = dimensions[get_column_letter(at)]
        column.width = max(12, min(40, len(name) + 6))
        column.number_format = _TEXT  # so that a NIP which is typed keeps its digits
    sheet.freeze_panes = f"A{len(head) + 1}"
    bold, wrapped = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    for at, line in enumerate(head, 1):
        cells = [_cell(sheet, text) for text in line]
        for cell in cells:
            if at <= wraps:
                cell.alignment = wrapped
            else:
                cell.font = bold
        sheet.append(cells)
    for row in rows:
        sheet.append([_cell(sheet, text) for text in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _cell(sheet: WriteOnlyWorksheet, text: str) -> Cell:
    """A cell of text: nothing in it is computed, and a number keeps all its digits."""
    safe = ILLEGAL_CHARACTERS_RE.sub("", text)
    cell: Cell = WriteOnlyCell(sheet, f"'{safe}" if safe.startswith("'") else safe or None)
    if safe:
        cell.data_type = "s"
    cell.number_format = _TEXT
    return cell

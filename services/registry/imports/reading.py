"""A file of an office, CSV or XLSX by its first bytes, as one sheet of rows."""

from typing import Final

from services.registry.imports.csv_files import read_csv
from services.registry.imports.layout import Titles, choose
from services.registry.imports.rules import FileRefused, Sheet
from services.registry.imports.xlsx_files import OLD_EXCEL, ZIP, read_xlsx

MOST_ROWS: Final = 50_000


def read_file(content: bytes, titles: Titles, *, sheet: str | None = None) -> Sheet:
    """The rows of a file; of a workbook those of ``sheet``, or of the first visible sheet that has
    a header. Raises `FileRefused`."""
    if content.startswith(OLD_EXCEL):
        raise FileRefused(
            "This is a workbook of an old Excel, or one with a password: save it as XLSX, without "
            "a password, and send that."
        )
    if content.startswith(ZIP):
        return choose(read_xlsx(content, most_rows=MOST_ROWS), titles, wanted=sheet)
    grid = read_csv(content, score=titles.score, most_rows=MOST_ROWS)
    return choose([grid], titles, wanted=sheet)

"""Cells as offices write them: words in any spelling, dates as text, numbers with signs in them."""

import re
from datetime import date
from typing import Final

from services.registry.imports.rules import CellRefused, Findings, Row

LOST_DIGITS: Final = (
    "lost its digits: a spreadsheet made a number of it and kept only 15 of them. Format the "
    "column as text and type it again"
)
_SCIENTIFIC = re.compile(r"^\d[.,]\d+[eE]\+?\d+$")
_ISO = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})$")
_LOCAL = re.compile(r"^(\d{1,2})([/. -]+)(\d{1,2}|[^\W\d_]+)([/. -]+)(\d{4}|\d{2})$")
_FORMULA_BEGINNINGS: Final = ("=", "+", "-", "@", "'")
_MONTHS: Final = (
    "januari january jan",
    "februari pebruari february feb peb",
    "maret march mar",
    "april apr",
    "mei may",
    "juni june jun",
    "juli july jul",
    "agustus august agu agt ags aug",
    "september sept sep",
    "oktober october okt oct",
    "november nopember nov nop",
    "desember december des dec",
)
MONTHS: Final = {name: at for at, names in enumerate(_MONTHS, 1) for name in names.split()}
_DATE_WORDS: Final = "2024-01-31, 31/01/2024 or 31 Januari 2024"


def plain(text: str) -> str:
    """Letters and digits only, in lower case: how words are compared."""
    return re.sub(r"[\W_]+", "", text.casefold())


def trimmed(cell: str) -> str:
    """One line without blanks around it. A leading apostrophe marks text in spreadsheets."""
    return " ".join(cell.split()).removeprefix("'").strip()


def guarded(text: str) -> str:
    """A cell of a CSV file that no spreadsheet takes for a formula; `trimmed` undoes it."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA_BEGINNINGS) else text


def looks_ruined(text: str) -> bool:
    """Whether a long number was written in powers of ten: its last digits are gone."""
    return bool(_SCIENTIFIC.match(text))


def without_signs(text: str) -> str:
    """A NIP as people write it, digits only: no blanks, dots, dashes, apostrophes."""
    return re.sub(r"[\s.\-'`\u2010-\u2015\u2018\u2019\u200b]", "", text)


def parsed_date(cell: str) -> date:
    """2024-01-31, or day first: 31/01/2024, 31-1-2024, 31 Januari 2024. Raises `CellRefused`."""
    if found := _ISO.match(cell):
        year, month, day = found.groups()
    elif found := _LOCAL.match(cell):
        day, _, month, _, year = found.groups()
    else:
        raise CellRefused(f"must be a date such as {_DATE_WORDS}")
    if len(year) == 2:
        raise CellRefused(f"has a year of two digits: write all four, as in {_DATE_WORDS}")
    number = int(month) if month.isdigit() else MONTHS.get(month.casefold())
    if number is None:
        raise CellRefused(f"names a month that is not known: dates are {_DATE_WORDS}")
    try:
        return date(int(year), number, int(day))
    except ValueError:
        raise CellRefused(f"is not a day of the calendar: dates are {_DATE_WORDS}") from None


def day_of(row: Row, name: str, findings: Findings) -> date | None:
    """The date in a cell that is not empty; None where it is refused, which is noted."""
    try:
        day = parsed_date(row[name])
    except CellRefused as refusal:
        findings.refuse(row, name, str(refusal))
        return None
    findings.note(row, name, day.isoformat())
    return day


def whole(row: Row, name: str, findings: Findings, *, most: int, least: int = 0) -> int | None:
    """The whole number in a cell that is not empty (`1.250.000` too); None where it is refused."""
    text = re.sub(r"^rp\.?\s*|[.,]00?$|\s", "", row[name], flags=re.IGNORECASE)
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", text):
        text = re.sub(r"[.,]", "", text)
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and least <= int(text) <= most):
        findings.refuse(row, name, f"must be a whole number from {least} to {most}")
        return None
    findings.note(row, name, str(int(text)))
    return int(text)

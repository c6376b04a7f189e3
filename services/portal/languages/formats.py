"""Numbers and dates as the language writes them."""

import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from services.portal.languages.catalogue import Language, text


def number(language: Language, value: float | str | Decimal, digits: int = 0) -> str:
    """`1234.5` with two digits is `1.234,50` in Indonesian and `1,234.50` in English.

    What the APIs send as text is a decimal number and stays one: nothing is rounded twice.
    """
    exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    written = f"{exact:,.{digits}f}"
    return written.translate(_SWAPPED) if language == "id" else written


_SWAPPED = str.maketrans(",.", ".,")


def quantity(language: Language, value: str | Decimal) -> str:
    """An exact number with as many digits as it needs: `1234.500000` is `1.234,5`."""
    exact = Decimal(value).normalize()
    return number(language, exact, max(0, -int(exact.as_tuple().exponent)))


def read_quantity(language: Language, words: str) -> Decimal:
    """What somebody typed: the opposite of `quantity`; thousands may be left together.

    Raise ValueError for anything else: `1.5` is no number in Indonesian, and nobody guesses
    whether fifteen tenths or fifteen hundred were meant.
    """
    written = words.strip().translate(_SWAPPED) if language == "id" else words.strip()
    if not _TYPED.fullmatch(written):
        raise ValueError("not a number as this language writes it")
    return Decimal(written.replace(",", ""))


_TYPED = re.compile(r"-?(\d{1,3}(,\d{3})+|\d{1,14})(\.\d{1,6})?", re.ASCII)


def day(language: Language, value: date | str) -> str:
    """`23 November 2026`, for a date or its ISO form."""
    day = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{day.day} {month_name(language, day.month)} {day.year}"


def month(language: Language, period: str) -> str:
    """`2026-11` is `November 2026`."""
    year, _, number_of_month = period.partition("-")
    return f"{month_name(language, int(number_of_month))} {year}"


def period(language: Language, name: str) -> str:
    """`2026-11` is `November 2026`, `2026-Q4` is `Triwulan IV 2026`."""
    year, _, part = name.partition("-")
    if not part.startswith("Q"):
        return month(language, name)
    return text(language, f"dates.quarter_{part[1:]}", year=year)


def short_period(language: Language, name: str) -> str:
    """`Nov 26` or `IV 26`, for the axis of a chart."""
    year, _, part = name.partition("-")
    if not part.startswith("Q"):
        return f"{month_name(language, int(part))[:3]} {year[2:]}"
    return f"{('I', 'II', 'III', 'IV')[int(part[1:]) - 1]} {year[2:]}"


def moment(language: Language, value: datetime | str, zone: str) -> str:
    """Day and time of an instant (or its ISO form) in an IANA zone: `23 November 2026 14.05`."""
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    local = instant.astimezone(ZoneInfo(zone))
    clock = f"{local:%H.%M}" if language == "id" else f"{local:%H:%M}"
    return f"{day(language, local.date())} {clock}"


def day_of(language: Language, value: datetime | str, zone: str) -> str:
    """The day of an instant in an IANA zone, for what must not tell the hour."""
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    return day(language, instant.astimezone(ZoneInfo(zone)).date())


def month_name(language: Language, number_of_month: int) -> str:
    """`November` for 11."""
    return text(language, f"dates.month_{number_of_month}")

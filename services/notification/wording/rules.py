"""What there is to tell, and how numbers and days are written in each language."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from html import escape


class Occasion(StrEnum):
    """Why somebody hears of something. The value travels in events and stands in addresses."""

    GRADE_CHANGED = "grade_changed"
    CRITICAL_ANSWER = "critical_answer"
    PERIOD_DIGEST = "period_digest"
    CRITICAL_DIGEST = "critical_digest"


class Language(StrEnum):
    INDONESIAN = "id"
    ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Message:
    """A notice in words. ``short`` fits a text message, ``paragraphs`` are for a letter; where the
    reader goes from here is ``link_path`` of the portal."""

    subject: str
    short: str
    paragraphs: tuple[str, ...]
    link_path: str

    @property
    def text(self) -> str:
        return "\n\n".join(self.paragraphs)

    @property
    def html(self) -> str:
        """The paragraphs, in which names can do no harm."""
        lines = (escape(paragraph).replace("\n", "<br>\n") for paragraph in self.paragraphs)
        return "\n".join(f"<p>{line}</p>" for line in lines)


# fmt: off
_MONTHS = {
    Language.INDONESIAN: (
        "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September",
        "Oktober", "November", "Desember",
    ),
    Language.ENGLISH: (
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ),
}
# fmt: on


def decimal(value: str, language: Language) -> str:
    """``81.25`` as it is written: with a comma in Indonesian."""
    return value.replace(".", ",") if language is Language.INDONESIAN else value


def whole(value: int, language: Language) -> str:
    """1234 as 1.234 or 1,234."""
    grouped = f"{value:,}"
    return grouped.replace(",", ".") if language is Language.INDONESIAN else grouped


def day(iso: str, language: Language) -> str:
    """``2026-11-23`` as 23 November 2026."""
    parsed = date.fromisoformat(iso)
    return f"{parsed.day} {_MONTHS[language][parsed.month - 1]} {parsed.year}"


def period(name: str, language: Language) -> str:
    """``2026-11`` as November 2026, ``2026-Q4`` as the fourth quarter."""
    year, part = name.split("-")
    if part.startswith("Q"):
        number = int(part[1])
        if language is Language.INDONESIAN:
            return f"triwulan {('I', 'II', 'III', 'IV')[number - 1]} {year}"
        return f"quarter {number} of {year}"
    return f"{_MONTHS[language][int(part) - 1]} {year}"

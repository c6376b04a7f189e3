"""Numbers with decimals, words of a list, and choices, as offices write them into cells."""

import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Final, TypeVar

from services.registry.imports.cells import plain
from services.registry.imports.rules import CellRefused, Findings, Row

T = TypeVar("T")

_GROUPED: Final = re.compile(
    r"(?P<dots>[1-9]\d{0,2}(?:\.\d{3})+)(?:,(?P<comma>\d+))?"
    r"|(?P<commas>[1-9]\d{0,2}(?:,\d{3})+)(?:\.(?P<dot>\d+))?"
)
_ONE_GROUP: Final = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_AMOUNT: Final = re.compile(r"\d{1,14}(?:\.\d{1,6})?")
"""What contracts' `Quantity` holds, not negative."""


def parsed_amount(text: str, *, in_thousands: bool = False) -> Decimal:
    """95, 95.5, 95,5, 95 %, 1.250.000 or Rp 1.250.000,50. Raises `CellRefused`.

    1.250 alone may be one or a thousand: it is a thousand only where whole numbers are usual.
    """
    number = re.sub(r"^rp\.?\s*|\s*%$|\s|,-$", "", text, flags=re.IGNORECASE)
    in_thousands = in_thousands or text.lower().startswith("rp")
    if _ONE_GROUP.fullmatch(number) and not in_thousands:
        raise CellRefused(
            "may mean thousands or three decimals: write it without the sign, or with four decimals"
        )
    if grouped := _GROUPED.fullmatch(number):
        whole = re.sub("[.,]", "", grouped["dots"] or grouped["commas"])
        number = f"{whole}.{grouped['comma'] or grouped['dot'] or 0}"
    number = number.replace(",", ".")
    if not _AMOUNT.fullmatch(number):
        raise CellRefused(
            "must be a number that is not negative, with at most 14 digits and 6 decimals"
        )
    return Decimal(amount_text(Decimal(number)))


def amount_text(amount: Decimal) -> str:
    """A number as exports write it: nobody takes its point for that of a thousand."""
    text = f"{amount.normalize() + 0:f}"
    return f"{text}0" if _ONE_GROUP.fullmatch(text) else text


def amount_of(
    row: Row, name: str, findings: Findings, *, in_thousands: bool = False
) -> Decimal | None:
    """The number in a cell that is not empty; None where it is refused."""
    try:
        amount = parsed_amount(row[name], in_thousands=in_thousands)
    except CellRefused as refusal:
        findings.refuse(row, name, str(refusal))
        return None
    findings.note(row, name, amount_text(amount))
    return amount


class Choice:
    """Some values, what exports write for each, and what else offices write."""

    def __init__(self, values: Mapping[str, str]) -> None:
        """`values`: to each value its words, separated by commas; exports write the first."""
        words = {
            value: [word.strip() for word in said.split(",")] for value, said in values.items()
        }
        self.texts = {value: said[0] for value, said in words.items()}
        self._values = {
            _sign(word): value for value, said in words.items() for word in (value, *said)
        }

    def find(self, text: str) -> str:
        """The value that a cell means. Raises `CellRefused`."""
        if value := self._values.get(_sign(text)):
            return value
        raise CellRefused(f"must be one of {self.words()}")

    def means(self, text: str, value: str) -> bool:
        """Whether a cell says this value."""
        return self._values.get(_sign(text)) == value

    def words(self) -> str:
        """Its values as exports write them."""
        return ", ".join(self.texts.values())

    def of(self, row: Row, name: str, findings: Findings) -> str | None:
        """The value in a cell; None where it is empty or refused, which is noted."""
        try:
            return self.find(row[name]) if row[name] else None
        except CellRefused as refusal:
            findings.refuse(row, name, str(refusal))
            return None

    def list_of(self, row: Row, name: str, findings: Findings) -> tuple[str, ...]:
        """The values in a cell that lists them, each once, in order."""
        return tuple(sorted({*listed(row, name, findings, self.find)}))


def listed(row: Row, name: str, findings: Findings, find: Callable[[str], T]) -> list[T]:
    """What `find` finds of each word of a cell that lists them; refusals are noted."""
    found = []
    for word in parts(row[name]):
        try:
            found.append(find(word))
        except CellRefused as refusal:
            findings.refuse(row, name, f"{refusal}; words are separated by ;")
    return found


def parts(text: str) -> list[str]:
    """What a cell lists, separated by ;"""
    return [part for each in text.split(";") if (part := each.strip())]


def list_text(words: Collection[str]) -> str:
    """What an export writes for a list."""
    return "; ".join(words)


def _sign(text: str) -> str:
    """% is a word too."""
    return plain(text) or text.strip()

"""A person and the number of a civil servant or contract employee (rules, section 7)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

RATED_KINDS = frozenset({"civil_servant", "pppk"})
"""Only they are rated, and only they need a number."""

_FIRST_PPPK_MARK = 21


class NumberRefused(ValueError):  # noqa: N818 - it reads as a sentence
    """The message names the wrong part and never repeats the number: it is personal data."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who serves, assesses or is rated. `kind` is a value of contracts' `PersonKind`."""

    id: UUID
    kind: str
    name: str
    number: str | None = None
    external_id: str | None = None
    version: int = 1


def without_separators(number: str) -> str:
    """A number as people write it (`19790101 200501 1 001`), digits only."""
    return "".join(number.split()).replace(".", "").replace("-", "")


def kind_of_number(number: str) -> str:
    """`civil_servant` or `pppk`, whichever a well-formed number belongs to.

    18 digits: birth date (8), year and month of the first appointment (6), sex (1 man, 2 woman),
    sequence (3); there is no check digit. Where contract staff (PPPK) are concerned, digits 13 and
    14 are 21 or more instead of a month. Raises `NumberRefused`.
    """
    if number and not (number.isascii() and number.isdigit()):
        raise NumberRefused("must hold digits only: remove letters and signs")
    if len(number) != 18:
        raise NumberRefused(f"must have 18 digits, it has {len(number)}")
    try:
        birth = date(int(number[:4]), int(number[4:6]), int(number[6:8]))
    except ValueError:
        raise NumberRefused("digits 1 to 8 must be a birth date, year month day") from None
    if int(number[8:12]) <= birth.year:
        raise NumberRefused("digits 9 to 12 must be a year of appointment after that of birth")
    if number[14] not in "12":
        raise NumberRefused("digit 15 must be 1 (man) or 2 (woman)")
    mark = int(number[12:14])
    if 1 <= mark <= 12:
        return "civil_servant"
    if mark >= _FIRST_PPPK_MARK:
        return "pppk"
    raise NumberRefused(
        "digits 13 and 14 must be the month of appointment, 01 to 12, or 21 or more for PPPK"
    )


def check_number(kind: str, number: str | None) -> None:
    """Refuse a number that is malformed, missing where `kind` needs one, or of the other kind.

    Staff of other kinds may have a number (a civil servant of another institution); it must then be
    well-formed. Raises `NumberRefused`.
    """
    if number is None:
        if kind in RATED_KINDS:
            raise NumberRefused(f"is missing: a person of kind {kind} needs a NIP or PPPK number")
        return
    belongs_to = kind_of_number(number)
    if kind in RATED_KINDS and kind != belongs_to:
        wanted = "a month, 01 to 12" if kind == "civil_servant" else "21 or more"
        raise NumberRefused(
            f"digits 13 and 14 must be {wanted} for kind {kind}: "
            f"correct them, or the kind to {belongs_to}"
        )

"""Contact points of a person: what is written down, and in which form."""

import re
from dataclasses import dataclass
from uuid import UUID

LANGUAGES = ("id", "en")
LONGEST_EMAIL = 254

_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_SEPARATORS = str.maketrans("", "", " .-()/\u00a0\u2011\u2013")
_E164 = re.compile(r"\+[1-9][0-9]{7,14}")
_HOME = "+62"


class ContactRefused(ValueError):  # noqa: N818 - it reads as a sentence
    """The message says what is wrong and never repeats the value: it is personal data."""


@dataclass(frozen=True, slots=True)
class ContactPoints:
    """`phone` is in the form of E.164 (`+628…`); version 0 means that nothing was stored yet."""

    person_id: UUID
    email: str | None = None
    phone: str | None = None
    language: str = "id"
    version: int = 0


def checked_email(text: str) -> str:
    """The address with its domain in lower case; ASCII only. Raises `ContactRefused`."""
    address = text.strip()
    local, _, domain = address.rpartition("@")
    if len(address) > LONGEST_EMAIL or not _EMAIL.fullmatch(address):
        raise ContactRefused("must be an e-mail address such as nama@kota.example")
    if ".." in local or local.startswith(".") or local.endswith("."):
        raise ContactRefused("has a dot too many before the @")
    return f"{local}@{domain.lower()}"


def checked_phone(text: str) -> str:
    """The number in E.164. As Indonesians write it (0812…, 62812…, 812… where a spreadsheet ate
    the zero) it becomes +62812…; others begin with + or 00. Raises `ContactRefused`."""
    digits = text.strip().translate(_SEPARATORS)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    elif digits.startswith(("0", "8")):
        digits = _HOME + digits.removeprefix("0")
    elif digits.startswith("62"):
        digits = "+" + digits
    if digits.startswith(_HOME + "0"):  # +62 (0)812…
        digits = _HOME + digits[len(_HOME) + 1 :]
    if not (digits.isascii() and _E164.fullmatch(digits)):
        raise ContactRefused("must be a phone number such as 0812 3456 7890 or +6281234567890")
    return digits

"""What the header of a wide CSV means: which column holds which element, and which the time.

Publishers name the elements in many ways; numbers, spaces and capitals do not matter.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cli.paper.profiles import COLUMNS as PROFILE_COLUMNS
from shared.contracts import ELEMENTS

_BY_NUMBER: Final = (
    "persyaratan",
    "prosedur",
    "waktu",
    "biaya",
    "produk",
    "kompetensi",
    "perilaku",
)
"""U1 to U7; publishers disagree about U8 and U9 (sarana and pengaduan)."""

_ALIASES: Final[Mapping[str, str]] = {
    **{element.value: element.value for element in ELEMENTS},
    "kesesuaianpersyaratan": "persyaratan",
    "persyaratanpelayanan": "persyaratan",
    "sistemmekanismedanprosedur": "prosedur",
    "prosedurpelayanan": "prosedur",
    "kemudahanprosedur": "prosedur",
    "waktupenyelesaian": "waktu",
    "waktupelayanan": "waktu",
    "kecepatanwaktu": "waktu",
    "biayatarif": "biaya",
    "tarif": "biaya",
    "kewajaranbiaya": "biaya",
    "produklayanan": "produk",
    "produkpelayanan": "produk",
    "produkspesifikasijenispelayanan": "produk",
    "kompetensipelaksana": "kompetensi",
    "kompetensipetugas": "kompetensi",
    "perilakupelaksana": "perilaku",
    "perilakupetugas": "perilaku",
    "penangananpengaduan": "pengaduan",
    "penangananpengaduansarandanmasukan": "pengaduan",
    "saranadanprasarana": "sarana",
    "saranaprasarana": "sarana",
    "kualitassarana": "sarana",
}
_TIME_COLUMNS: Final = frozenset({"answeredat", "tanggal"})


class HeaderError(Exception):
    """The file cannot be understood at all; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Columns:
    """``elements`` and ``profile`` fields by column and the column of the time, counted from 0;
    ``names`` as stated."""

    elements: dict[int, str]
    profile: dict[int, str]
    time: int | None
    names: list[str]


def understand_header(header: Sequence[str], u8: str | None) -> Columns:
    """``u8`` says what column U8 is. Raise ``HeaderError``."""
    names = [name.strip() for name in header]
    elements: dict[int, str] = {}
    profile: dict[int, str] = {}
    times: list[int] = []
    for at, name in enumerate(names):
        plain = _plain(name)
        number = _number_of(plain)
        if plain in _TIME_COLUMNS:
            times.append(at)
        elif plain in _ALIASES:
            elements[at] = _ALIASES[plain]
        elif plain in PROFILE_COLUMNS:
            profile[at] = PROFILE_COLUMNS[plain]
        elif number is not None:
            elements[at] = _numbered_element(number, u8)
    if not elements:
        wanted = ", ".join(ELEMENTS)
        raise HeaderError(
            "The first line names no element: name columns after the elements "
            f"({wanted}) or U1 to U9."
        )
    for meanings in (elements, profile):
        for meaning in meanings.values():
            twice = [names[at] for at, each in meanings.items() if each == meaning]
            if len(twice) > 1:
                raise HeaderError(
                    f"The columns {' and '.join(twice)} both mean {meaning}: remove or rename one."
                )
    if len(times) > 1:
        raise HeaderError(
            f"The columns {' and '.join(names[at] for at in times)} both give the time: remove one."
        )
    return Columns(elements, profile, times[0] if times else None, names)


def _numbered_element(number: int, u8: str | None) -> str:
    if number <= len(_BY_NUMBER):
        return _BY_NUMBER[number - 1]
    if u8 is None:
        raise HeaderError(
            f"Column U{number} is ambiguous: some publishers put sarana at U8 and pengaduan at U9, "
            "others the reverse. Say which with --u8 sarana or --u8 pengaduan."
        )
    other = {"sarana": "pengaduan", "pengaduan": "sarana"}
    return u8 if number == 8 else other[u8]


def means_something(name: str) -> bool:
    """Whether a column of this name is read, or would be once U8 is stated."""
    plain = _plain(name)
    return plain in _ALIASES or plain in _TIME_COLUMNS or _number_of(plain) is not None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _number_of(plain: str) -> int | None:
    match = re.fullmatch(r"(?:u|unsur)([1-9])", plain)
    return int(match[1]) if match else None

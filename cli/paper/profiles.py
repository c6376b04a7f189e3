"""What a sheet says of who answered: columns and words as offices write them.

Capitals, spaces and signs do not matter. An empty cell was not stated.
"""

import re
from collections.abc import Mapping
from typing import Final

COLUMNS: Final[Mapping[str, str]] = {
    "jeniskelamin": "sex",
    "kelamin": "sex",
    "jk": "sex",
    "sex": "sex",
    "usia": "age_band",
    "umur": "age_band",
    "age": "age_band",
    "ageband": "age_band",
    "pendidikan": "education",
    "pendidikanterakhir": "education",
    "education": "education",
    "pekerjaan": "occupation",
    "pekerjaanutama": "occupation",
    "occupation": "occupation",
}
"""Names of columns, in plain letters."""

_BANDS: Final = (
    (20, "under_20"), (30, "20_29"), (40, "30_39"), (50, "40_49"), (60, "50_59"), (121, "60_plus"),
)  # fmt: skip

_YEARS: Final = re.compile(r"([0-9]{1,3}) ?(?:tahun|thn|th)?")

_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "sex": {
        **dict.fromkeys(("l", "lakilaki", "pria", "man", "male"), "man"),
        **dict.fromkeys(("p", "perempuan", "wanita", "woman", "female"), "woman"),
    },
    "age_band": {
        **{band.replace("_", ""): band for _, band in _BANDS},
        "dibawah20tahun": "under_20",
        "60tahunkeatas": "60_plus",
    },
    "education": {
        **dict.fromkeys(("sd", "sdkebawah", "tidaksekolah"), "sd"),
        **dict.fromkeys(("smp", "sltp", "mts"), "smp"),
        **dict.fromkeys(("sma", "smk", "smasmk", "slta", "ma"), "sma"),
        **dict.fromkeys(("diploma", "d1", "d2", "d3", "d4", "diii", "div"), "diploma"),
        **{f"s{n}": f"s{n}" for n in (1, 2, 3)},
    },
    "occupation": {
        **dict.fromkeys(("pns", "asn"), "pns"),
        **dict.fromkeys(("swasta", "pegawaiswasta", "karyawanswasta"), "swasta"),
        **dict.fromkeys(("wirausaha", "wiraswasta", "pedagang"), "wirausaha"),
        **dict.fromkeys(("lainnya", "lainlain"), "lainnya"),
        **{one: one for one in ("tni", "polri")},
    },
}
_USE: Final = {
    "sex": "L or P",
    "age_band": "an age in years, or 20-29, 30-39, 40-49, 50-59",
    "education": "SD, SMP, SMA, Diploma, S1, S2 or S3",
    "occupation": "PNS, TNI, Polri, Swasta, Wirausaha or Lainnya",
}


def value_of(field: str, cell: str) -> str:
    """What feedback calls it. ``ValueError`` says what may stand there."""
    plain = re.sub(r"[^a-z0-9]", "", cell.lower())
    if field == "age_band" and (years := _YEARS.fullmatch(cell.strip().lower())):
        age = int(years[1])
        if 1 <= age < _BANDS[-1][0]:
            return next(band for below, band in _BANDS if age < below)
    found = _WORDS[field].get(plain)
    if found is None:
        raise ValueError(f"use {_USE[field]}, or leave it empty")
    return found

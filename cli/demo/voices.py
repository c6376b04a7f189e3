"""What simulated citizens write, and what they say of themselves. All of it is invented."""

import random
from typing import Any, Final

_PRAISE: Final = (
    "Pelayanannya cepat, petugasnya ramah. Terima kasih.",
    "Petugas menjelaskan persyaratan dengan sabar.",
    "Tidak sampai setengah jam sudah selesai. Pertahankan!",
    "Ruang tunggu bersih dan nyaman.",
    "Semua gratis seperti yang tertulis di papan. Mantap.",
    "Ibu petugas di loket sangat membantu orang tua saya.",
    "Antreannya tertib, nomor dipanggil berurutan.",
)

_CRITICISM: Final = (
    "Menunggu terlalu lama, padahal antrean sedikit.",
    "Kursi ruang tunggu kurang, banyak warga berdiri.",
    "Persyaratan di papan berbeda dengan yang diminta petugas.",
    "Sudah dua kali datang, berkas belum juga selesai.",
    "Petugas sibuk dengan telepon genggam saat melayani.",
    "Kotak pengaduan ada, tetapi tidak pernah ditanggapi.",
    "Mohon loket tetap dibuka pada jam istirahat.",
)

_AGES: Final = ("under_20", "20_29", "30_39", "40_49", "50_59", "60_plus")
_EDUCATIONS: Final = ("sd", "smp", "sma", "diploma", "s1", "s2")
_OCCUPATIONS: Final = ("pns", "tni", "polri", "swasta", "wirausaha", "lainnya")


def comment_for(mean: float, dice: random.Random) -> dict[str, Any]:
    """Praise or criticism as a mean mark suggests; most people write nothing."""
    if dice.random() > 0.12:
        return {}
    if mean >= 3.2:
        return {"comment": dice.choice(_PRAISE), "sentiment": "praise"}
    if mean <= 2.8:
        return {"comment": dice.choice(_CRITICISM), "sentiment": "criticism"}
    return {}


def profile(dice: random.Random) -> dict[str, Any]:
    """Two in three fill in the optional part of the form."""
    if dice.random() > 0.66:
        return {}
    return {
        "profile": {
            "sex": dice.choice(("woman", "man")),
            "age_band": dice.choices(_AGES, (5, 24, 27, 22, 14, 8))[0],
            "education": dice.choices(_EDUCATIONS, (10, 15, 42, 12, 19, 2))[0],
            "occupation": dice.choices(_OCCUPATIONS, (9, 2, 2, 30, 27, 30))[0],
        }
    }

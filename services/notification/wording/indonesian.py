"""The messages in Indonesian."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from services.notification.wording.rules import Language, Occasion, day, decimal, period, whole

Words = tuple[str, str, tuple[str, ...]]
"""Subject, short text, paragraphs."""

_ID: Final = Language.INDONESIAN
_ELEMENTS: Final = {
    "persyaratan": "persyaratan",
    "prosedur": "prosedur",
    "waktu": "waktu penyelesaian",
    "biaya": "biaya",
    "produk": "produk layanan",
    "kompetensi": "kompetensi petugas",
    "perilaku": "perilaku petugas",
    "pengaduan": "penanganan pengaduan",
    "sarana": "sarana dan prasarana",
}


def _grade_changed(said: Mapping[str, Any]) -> Words:
    unit, when = said["unit"] or "Satu unit", period(said["period"], _ID)
    change = f"dari {said['previous_grade']} menjadi {said['grade']}"
    index, answers = decimal(said["index"], _ID), whole(said["answers"], _ID)
    return (
        f"Mutu layanan {unit} berubah {change}",
        f"{unit}: mutu {when} berubah {change} (IKM {index}, {answers} jawaban).",
        (
            f"Mutu pelayanan {unit} pada {when} berubah {change}.",
            f"Indeks kepuasan masyarakat (IKM) sekarang {index} dari {answers} jawaban. Buka"
            " halaman unit untuk melihat unsur mana yang naik atau turun.",
        ),
    )


def _critical_answer(said: Mapping[str, Any]) -> Words:
    unit, service = said["unit"] or "satu unit", said["service"] or "satu layanan"
    elements = ", ".join(_ELEMENTS[element] for element in said["elements"])
    when = day(said["day"], _ID)
    return (
        f"Penilaian sangat rendah di {unit}",
        f"{unit}, {service}, {when}: warga memberi nilai 1 untuk {elements}.",
        (
            f"Pada {when} seorang warga memberi nilai 1 (terendah) untuk layanan {service} di"
            f" {unit}.",
            f"Unsur yang dinilai 1: {elements}.",
            "Pesan ini tidak menyebut nomor antrean, jam, maupun petugas: jawaban warga bersifat"
            " anonim.",
        ),
    )


def _period_digest(said: Mapping[str, Any]) -> Words:
    unit, when = said["unit"] or "unit Anda", period(said["month"], _ID)
    lines = [_line(line) for line in said["units"]]
    if said["more"]:
        lines.append(f"... dan {whole(said['more'], _ID)} unit lain")
    return (
        f"Ringkasan kepuasan {when}: {unit}",
        f"Ringkasan {when}. {lines[0]}.",
        (f"Hasil survei kepuasan {unit} dan unit di bawahnya, {when}:", "\n".join(lines)),
    )


def _line(line: Mapping[str, Any]) -> str:
    name, answers = line["unit"] or "Unit", whole(line["answers"], _ID)
    if line["index"] is None:
        return f"{name}: belum ada jawaban"
    shown = f"{name}: IKM {decimal(line['index'], _ID)}, mutu {line['grade']}, {answers} jawaban"
    if line["change"] is None:
        return f"{shown}, bulan sebelumnya tidak ada jawaban"
    if line["change"] == "0.00":
        return f"{shown}, sama dengan bulan sebelumnya"
    way = "turun" if line["change"].startswith("-") else "naik"
    return f"{shown}, {way} {decimal(line['change'].lstrip('-'), _ID)} dari bulan sebelumnya"


def _critical_digest(said: Mapping[str, Any]) -> Words:
    total = sum(line["answers"] for line in said["units"])
    lines = [f"{line['unit'] or 'Unit'}: {whole(line['answers'], _ID)}" for line in said["units"]]
    when = day(said["day"], _ID)
    return (
        f"{whole(total, _ID)} penilaian sangat rendah sampai {when}",
        f"{whole(total, _ID)} jawaban warga dengan nilai 1 sejak ringkasan terakhir.",
        (
            f"Sejak ringkasan terakhir sampai {when} ada {whole(total, _ID)} jawaban warga dengan"
            " nilai 1:",
            "\n".join(lines),
        ),
    )


WORDS: Final[Mapping[Occasion, Callable[[Mapping[str, Any]], Words]]] = {
    Occasion.GRADE_CHANGED: _grade_changed,
    Occasion.CRITICAL_ANSWER: _critical_answer,
    Occasion.PERIOD_DIGEST: _period_digest,
    Occasion.CRITICAL_DIGEST: _critical_digest,
}

"""Every occasion in both languages, complete and without loose ends."""

from typing import Any

import pytest

from services.notification.wording.catalogue import render
from services.notification.wording.rules import Language, Occasion, day, decimal, period, whole
from shared.contracts import ELEMENTS

UNIT = "0198f1d2-7c1a-7b3e-9a51-3f0d2c4b5a69"
LINE = {"unit_id": UNIT, "unit": "Loket", "answers": 1234, "index": "81.25", "grade": "B"}
PARAMETERS: dict[Occasion, list[dict[str, Any]]] = {
    Occasion.GRADE_CHANGED: [
        {"period": "2026-Q4", "previous_grade": "B", "grade": "A", "index": "90.12", "answers": 1}
    ],
    Occasion.CRITICAL_ANSWER: [
        {"service_id": UNIT, "service": service, "day": "2026-11-23", "elements": list(ELEMENTS)}
        for service in ("KTP-el", None)
    ],
    Occasion.PERIOD_DIGEST: [
        {"month": "2026-10", "more": more, "units": [LINE | {"change": change, "unit": name}]}
        for more, change, name in ((0, "-6.50", "Loket"), (5, "0.00", None), (1200, None, "Loket"))
    ]
    + [
        {
            "month": "2026-10",
            "more": 0,
            "units": [LINE | {"index": None, "grade": None, "change": None, "answers": 0}],
        }
    ],
    Occasion.CRITICAL_DIGEST: [{"day": "2026-11-23", "units": [LINE, LINE | {"unit": None}]}],
}


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("occasion", list(Occasion))
@pytest.mark.parametrize("unit", ["Kelurahan Arcamanik", None])
def test_every_occasion_has_words(occasion: Occasion, language: Language, unit: str | None) -> None:
    for parameters in PARAMETERS[occasion]:
        message = render(occasion, parameters | {"unit_id": UNIT, "unit": unit}, language)
        assert message.subject
        assert "\n" not in message.subject
        assert len(message.short) <= 320, "two text messages at most"
        assert message.link_path.startswith("/")
        for text in (message.subject, message.short, message.text):
            assert not any(loose in text for loose in ("None", "{", "}", "  ", "..,"))


def test_the_languages_differ_and_escape_names() -> None:
    said = PARAMETERS[Occasion.GRADE_CHANGED][0] | {"unit_id": UNIT, "unit": "<b>Loket & Co</b>"}
    indonesian, english = (render("grade_changed", said, language) for language in ("id", "en"))
    assert "IKM) sekarang 90,12" in indonesian.text
    assert "index is now 90.12" in english.text
    assert "triwulan IV 2026" in indonesian.short
    assert "quarter 4 of 2026" in english.short
    assert "&lt;b&gt;Loket &amp; Co" in english.html
    assert english.link_path == f"/units/{UNIT}?period=2026-Q4"


def test_numbers_and_days() -> None:
    assert decimal("81.25", Language.INDONESIAN) == "81,25"
    assert whole(1234567, Language.INDONESIAN) == "1.234.567"
    assert whole(1234567, Language.ENGLISH) == "1,234,567"
    assert day("2026-08-17", Language.INDONESIAN) == "17 Agustus 2026"
    assert period("2026-03", Language.ENGLISH) == "March 2026"

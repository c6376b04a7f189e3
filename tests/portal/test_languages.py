"""Both languages say everything, and nothing is said by nobody."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.portal.languages.catalogue import LANGUAGES, Language, chosen_language, texts
from services.portal.languages.formats import (
    day,
    day_of,
    moment,
    month,
    number,
    quantity,
    read_quantity,
)

PORTAL = Path(__file__).parents[2] / "services" / "portal"


def sources() -> str:
    files = [*PORTAL.rglob("*.html"), *PORTAL.rglob("[!_]*.py")]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_both_languages_have_the_same_texts() -> None:
    indonesian, english = (texts(language) for language in LANGUAGES)
    assert indonesian.keys() == english.keys()
    for key, words in indonesian.items():
        assert words.strip(), key
        assert english[key].strip(), key
        places = [set(re.findall(r"{(\w+)}", each[key])) for each in (indonesian, english)]
        assert places[0] == places[1], key
        for each in (words, english[key]):
            assert "{" not in re.sub(r"(?<!{){\w+}(?!})", "", each), key


def test_every_text_is_used() -> None:
    """By its whole key, or by a beginning that a template completes: `"answers.option." ~ name`."""
    said = sources()
    begun = tuple(re.findall(r"""["']([a-z_]+\.(?:[a-z0-9_]+[._])*)["'] ~""", said))
    begun += tuple(re.findall(r"""f["']([a-z_]+\.(?:[a-z0-9_]+[._])*)\{""", said))
    unused = [
        key
        for key in texts("id")
        if not re.search(rf"""["']{re.escape(key)}["']""", said) and not key.startswith(begun)
    ]
    assert unused == []


def test_every_text_that_is_asked_for_exists() -> None:
    asked = set(re.findall(r"""\bt\(["']([a-z0-9_.]+)["'][,)]""", sources()))
    assert asked - texts("id").keys() == set()
    assert len(asked) > 40


@pytest.mark.parametrize(
    ("asked", "kept", "accepted", "chosen"),
    [
        (None, None, None, "id"),
        ("en", "id", "id", "en"),
        (None, "en", "id", "en"),
        (None, None, "en-GB,id;q=0.8", "en"),
        (None, None, "id-ID,en;q=0.8", "id"),
        ("fr", "de", "fr-FR,nl", "id"),
    ],
)
def test_the_language_of_a_page(
    asked: str | None, kept: str | None, accepted: str | None, chosen: str
) -> None:
    assert chosen_language(asked, kept, accepted) == chosen


def test_numbers_and_dates_as_each_language_writes_them() -> None:
    assert [number(each, "12345.675", 2) for each in LANGUAGES] == ["12.345,68", "12,345.68"]
    assert [number(each, 7) for each in LANGUAGES] == ["7", "7"]
    assert [day(each, "2026-05-01") for each in LANGUAGES] == ["1 Mei 2026", "1 May 2026"]
    assert [month(each, "2026-08") for each in LANGUAGES] == ["Agustus 2026", "August 2026"]
    instant = "2026-12-31T17:05:00Z"
    assert moment("id", instant, "Asia/Jakarta") == "1 Januari 2027 00.05"
    assert moment("en", instant, "Asia/Jayapura") == "1 January 2027 02:05"
    assert day_of("en", instant, "Asia/Jakarta") == "1 January 2027"


@given(
    st.sampled_from(LANGUAGES),
    st.decimals(min_value=-(10**12), max_value=10**12, places=6),
)
def test_what_is_written_as_a_number_is_read_as_the_same(
    language: Language, value: Decimal
) -> None:
    assert read_quantity(language, quantity(language, value)) == value


@pytest.mark.parametrize(
    ("language", "words", "value"),
    [
        ("id", "1.234,50", "1234.5"),
        ("en", "1,234.50", "1234.5"),
        ("id", " 97,5 ", "97.5"),
        ("en", "1000000", "1000000"),
        ("id", "1.5", None),
        ("en", "1,5", None),
        ("id", "12.34,5", None),
        ("en", "1e9", None),
        ("id", "٣", None),
        ("id", "", None),
    ],
)
def test_numbers_that_people_type(language: Language, words: str, value: str | None) -> None:
    if value is None:
        with pytest.raises(ValueError, match="not a number"):
            read_quantity(language, words)
    else:
        assert read_quantity(language, words) == Decimal(value)

"""NIP and PPPK numbers: exactly rules.md 7, and a message that names the wrong part."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.registry.people.rules import (
    NumberRefused,
    check_number,
    kind_of_number,
    without_separators,
)

GOOD = "197901312005011001"
GOOD_PPPK = "199002282021211002"

births = st.dates(date(1940, 1, 1), date(2010, 12, 31))
sequences = st.integers(0, 999)


@st.composite
def numbers(draw: st.DrawFn, mark: st.SearchStrategy[int]) -> str:
    birth = draw(births)
    year = draw(st.integers(birth.year + 1, 2099))
    sex = draw(st.sampled_from("12"))
    return f"{birth:%Y%m%d}{year:04}{draw(mark):02}{sex}{draw(sequences):03}"


def outcome(number: str) -> tuple[str | None, str]:
    try:
        return kind_of_number(number), ""
    except NumberRefused as refusal:
        return None, str(refusal)


months = st.integers(1, 12)
contracts = st.integers(21, 99)


@given(numbers(months))
def test_a_month_of_appointment_is_a_civil_servant(number: str) -> None:
    assert kind_of_number(number) == "civil_servant"
    check_number("civil_servant", number)
    with pytest.raises(NumberRefused, match="digits 13 and 14 must be 21 or more for kind pppk"):
        check_number("pppk", number)


@given(numbers(contracts))
def test_21_and_more_is_contract_staff(number: str) -> None:
    assert kind_of_number(number) == "pppk"
    check_number("pppk", number)
    with pytest.raises(NumberRefused, match="digits 13 and 14 must be a month"):
        check_number("civil_servant", number)


@given(numbers(st.integers(0, 99)), st.text(max_size=30))
def test_whatever_is_accepted_has_the_form_and_is_never_repeated(number: str, noise: str) -> None:
    for candidate in (number, noise, number[:9] + noise, noise + number):
        kind, words = outcome(candidate)
        if kind is None:
            assert len(candidate) < 8 or candidate not in words
        else:
            assert len(candidate) == 18
            assert candidate.isascii()
            date.fromisoformat(f"{candidate[:4]}-{candidate[4:6]}-{candidate[6:8]}")
            mark = int(candidate[12:14])
            assert (kind == "civil_servant") == (1 <= mark <= 12)
            assert (kind == "pppk") == (mark >= 21)
            assert candidate[14] in "12"


@given(numbers(months), st.integers(0, 17), st.characters())
def test_one_wrong_sign_is_refused(number: str, place: int, sign: str) -> None:
    assume(not (sign.isascii() and sign.isdigit()))
    with pytest.raises(NumberRefused, match="digits only"):
        kind_of_number(number[:place] + sign + number[place + 1 :])


@pytest.mark.parametrize(
    ("number", "part"),
    [
        (GOOD[:-1], "18 digits, it has 17"),
        (GOOD + "1", "18 digits, it has 19"),
        ("197902302005011001", "digits 1 to 8"),
        ("197913012005011001", "digits 1 to 8"),
        ("000001012005011001", "digits 1 to 8"),
        ("197901311978011001", "digits 9 to 12"),
        ("197901312005001001", "digits 13 and 14"),
        ("197901312005131001", "digits 13 and 14"),
        ("197901312005201001", "digits 13 and 14"),
        ("197901312005010001", "digit 15"),
        ("197901312005013001", "digit 15"),
        ("١٩٧٩٠١٣١٢٠٠٥٠١١٠٠١", "digits only"),
        ("", "18 digits, it has 0"),
    ],
)
def test_the_wrong_part_is_named(number: str, part: str) -> None:
    with pytest.raises(NumberRefused, match=part):
        check_number("civil_servant", number)


@pytest.mark.parametrize("kind", ["civil_servant", "pppk"])
def test_rated_kinds_need_a_number(kind: str) -> None:
    with pytest.raises(NumberRefused, match="is missing"):
        check_number(kind, None)


@pytest.mark.parametrize("kind", ["non_asn", "other_institution", "state_official"])
def test_others_need_none(kind: str) -> None:
    check_number(kind, None)
    check_number(kind, GOOD)
    check_number(kind, GOOD_PPPK)
    with pytest.raises(NumberRefused):
        check_number(kind, "12345")


def test_numbers_are_taken_as_people_write_them() -> None:
    assert without_separators(" 19790131 200501 1 001 ") == GOOD
    assert without_separators("19790131.200501-1-001") == GOOD

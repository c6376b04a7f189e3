"""The registry's reasons for refusing a cell or a file, in the language of the page.

The registry speaks English. What it says is recognised by its words; what is not known here is
shown as it was said.
"""

import re
from typing import Final

from services.portal.languages.catalogue import Language, text

_SAID: Final = {
    "digits_lost": r"lost its digits: .*",
    "digits_only": r"must hold digits only: .*",
    "eighteen": r"must have 18 digits, it has (?P<n>\d+)",
    "birth": r"digits 1 to 8 must be a birth date, .*",
    "appointed": r"digits 9 to 12 must be a year of appointment .*",
    "sex": r"digit 15 must be 1 \(man\) or 2 \(woman\)",
    "month": r"digits 13 and 14 must be .*",
    "number_missing": r"is missing: a person of kind \w+ needs a NIP or PPPK number",
    "date": r"must be a date such as .*",
    "two_digits": r"has a year of two digits: .*",
    "month_unknown": r"names a month that is not known: .*",
    "no_day": r"is not a day of the calendar: .*",
    "whole": r"must be a whole number from (?P<least>\d+) to (?P<most>\d+)",
    "unit_unknown": r"is not the code, name or alias of a stored unit: .*",
    "not_stored": r"is not one of the stored (?P<things>\w+): .*",
    "nobody_stored": r"is not the NIP or employee id of anybody stored: .*",
    "people_several": r"fits several people: .*",
    "units_several": r"fits several units \((?P<codes>.*)\): write the code instead",
    "several": r"fits several (?:\w+ \((?P<names>.*)\): write one of these instead)",
    "twice": r"stands in line (?P<line>\d+) too: .*",
    "parent_bad": r"names the unit of line (?P<line>\d+), which is bad itself: .*",
    "below_itself": r"puts the unit below itself: .*",
    "external_missing": r"is empty: without NIP a person needs an external id",
    "kind_missing": r"is empty: without NIP the kind must be stated",
    "assignment_half": r"(is empty: an assignment needs|needs) unit and first day.*",
    "other_person": r"belongs to somebody else than the number",
    "later": r"a definitive assignment begins later, on (?P<day>\S+): .*",
    "one_of": r"must be (?:one )?of (?P<words>.*)",
    "minutes_and_days": r"stands beside minutes: state only one",
    "amount_unclear": r"may mean thousands or three decimals: .*",
    "amount": r"must be a number that is not negative, .*",
    "end_of_time": r"is the end of time: leave it empty",
    "before_first": r"is before the first day, (?P<day>\S+)",
    "overlaps": r"overlaps the \w+ from (?P<day>\S+) .*",
    "stated": r"is a day of the line from (?P<day>\S+) to .*",
    "line_later": r"is empty, and another line begins later, on (?P<day>\S+): .*",
    "above_self": r"is assessed below the person on (?P<day>\S+), .*",
    "assesses_self": r"is the person themselves: .*",
    "reviewer": r"must be neither the person nor the assessor: .*",
    "goal_several": r"is the name of (?P<n>\d+) goals .*",
    "period_first": r"must be (the first day of a month|1 January.*)",
    "period_last": r"must be (?P<day>\d{4}-\d\d-\d\d), the last day of .*",
    "closes_early": r"must not be before the period is over, .*",
    "moment": r"must end with a time of day .*",
    "years": r"must be a day of the years (?P<first>\d+) to (?P<last>\d+)",
    "no_calendar": r"is a day on which no calendar holds, .*",
    "calendar_full": r"is one day more than the (?P<n>\d+) .*",
    "hours": r"must be libur, .*",
    "hours_end": r"ends at \S+, not after it starts: .*",
    "hours_twice": r"two spans overlap at (?P<clock>\S+): .*",
    "half_day": r"is half of a day without hours before noon: .*",
    "clock": r"names a time that no clock shows: .*",
    "language": r"must be id or en",
    "email": r"(must be an e-mail address .*|has a dot too many before the @)",
    "phone": r"must be a phone number .*",
    "empty": r"is empty: .*",
    "long": r"has more than (?P<n>\d+) characters",
    "invisible": r"holds an invisible character: .*",
    "formula": r"holds the error of a formula: .*",
    "cells": r"the row has (?P<n>\d+) cells and the header (?P<head>\d+): .*",
    "several_titles": r"gives \w+ to several titles: choose one",
    "file_columns": r".* names no column for (?P<columns>.*): add it to the header, .*",
    "file_twice": r"The columns (?P<one>.*) and (?P<other>.*) both mean .*",
    "file_sheet": r"The file has no sheet of this name; its sheets are (?P<names>.*)\.",
    "file_nothing": r"The workbook has no sheet with anything in it\.",
    "file_macros": r"The workbook has macros: .*",
    "file_old": r"This is a workbook of an old Excel, .*",
    "file_damaged": r"The workbook (cannot be read|is damaged|holds a DOCTYPE).*",
    "file_large": r"(The workbook is too large once unpacked|Too many cells are merged).*",
    "file_rows": r"(?:Sheet .*|The file) has more than (?P<n>\d+) (?:rows|lines): split it\.",
    "file_quotes": r"The file breaks off at line (?P<line>\d+) .*",
    "file_no_text": r"The file is (in UTF-16|not text): .*",
}
_PATTERNS: Final = [(key, re.compile(words, re.S)) for key, words in _SAID.items()]


def reason_in_words(language: Language, said: str) -> str | None:
    """What the registry said, in the language; None where these words are not known here."""
    for key, pattern in _PATTERNS:
        if found := pattern.fullmatch(said):
            return text(language, f"imports.reason.{key}", **found.groupdict())
    return None

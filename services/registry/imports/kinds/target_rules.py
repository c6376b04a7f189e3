"""What rows of indicators and of plans both state: aspect, unit, direction and target range."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Protocol

from services.registry.imports.amounts import Choice, amount_text, parsed_amount
from services.registry.imports.kinds.indicator_words import (
    ASPECT,
    BETTER,
    MEASURE_UNIT,
    WHOLE_UNITS,
)
from services.registry.imports.rules import CellRefused, Findings, Row, Sheet
from services.registry.indicators.rules import target_refusals

_TARGET: Final = re.compile(
    r"(?P<low>(?:rp\.?\s*)?[\d.,]+)"
    r"(?:\s*(?:-|\u2013|s\.?/?d\.?|sampai|to)\s*(?P<high>(?:rp\.?\s*)?[\d.,]+))?"
    r"\s*(?P<unit>[^\d\s].*)?",
    re.IGNORECASE,
)


class Measured(Protocol):
    """An indicator or a personal target."""

    @property
    def aspect(self) -> str: ...
    @property
    def measure_unit(self) -> str: ...
    @property
    def better(self) -> str: ...
    @property
    def target_low(self) -> Decimal: ...
    @property
    def target_high(self) -> Decimal: ...


@dataclass(frozen=True, slots=True)
class Range:
    """What the row states of it."""

    aspect: str
    measure_unit: str
    better: str
    target_low: Decimal
    target_high: Decimal


def range_texts(of: Measured) -> dict[str, str]:
    """As cells."""
    point = of.target_low == of.target_high
    return {
        "aspect": ASPECT.texts[of.aspect],
        "measure_unit": MEASURE_UNIT.texts[of.measure_unit],
        "better": BETTER.texts[of.better],
        "target_low": amount_text(of.target_low),
        "target_high": "" if point else amount_text(of.target_high),
    }


class RangeReader:
    """Reads one row; `before` is what is stored and stays where the file has no column."""

    def __init__(self, row: Row, sheet: Sheet, findings: Findings, before: Measured | None) -> None:
        self._row = row
        self._findings = findings
        self._cells = range_texts(before) if before else {}
        self._cells |= {name: row[name] for name in sheet.places}
        self._stands_in: dict[str, str] = {}
        self._split()

    def read(self, *, direction_by_aspect: bool = False) -> Range | None:
        """The range; None where something is refused. With `direction_by_aspect` less is better of
        time and cost, and more of all else, where no cell says it: files of e-Kinerja have no such
        column."""
        aspect = self._choice("aspect", ASPECT)
        unit = self._choice("measure_unit", MEASURE_UNIT)
        if direction_by_aspect and not self._cells.get("better"):
            if aspect is None:
                return None
            less = aspect in {"time", "cost"}
            self._cells["better"] = BETTER.texts["lower" if less else "higher"]
            self._findings.note(self._row, "better", self._cells["better"])
        better = self._choice("better", BETTER)
        low = self._amount("target_low", unit)
        high = self._amount("target_high", unit) if self._cells.get("target_high") else low
        if not (aspect and unit and better) or low is None or high is None:
            return None
        for refusal in target_refusals(unit, low, high):
            self._findings.refuse(self._row, refusal.field, refusal.problem)
            return None
        return Range(aspect, unit, better, low, high)

    def _split(self) -> None:
        """`95 - 100 persen` in one cell is a range and a unit."""
        found = _TARGET.fullmatch(self._cells.get("target_low", ""))
        if not found:
            return
        self._cells["target_low"] = found["low"]
        if found["high"] and not self._row["target_high"]:
            self._cells["target_high"] = found["high"]
        if found["unit"] and not self._row["measure_unit"]:
            self._cells["measure_unit"] = found["unit"]
            self._stands_in["measure_unit"] = "target_low"

    def _choice(self, name: str, choice: Choice) -> str | None:
        if not self._cells.get(name):
            self._findings.refuse(self._row, name, f"is empty: write {choice.words()}")
            return None
        try:
            value = choice.find(self._cells[name])
        except CellRefused as refusal:
            self._findings.refuse(self._row, self._stands_in.get(name, name), str(refusal))
            return None
        return value

    def _amount(self, name: str, unit: str | None) -> Decimal | None:
        if not self._cells.get(name):
            self._findings.refuse(self._row, name, "is empty: state the target")
            return None
        try:
            return parsed_amount(self._cells[name], in_thousands=unit in WHOLE_UNITS)
        except CellRefused as refusal:
            self._findings.refuse(self._row, name, str(refusal))
            return None

"""What a file of indicators would change."""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from services.registry.imports.amounts import (
    amount_of,
    amount_text,
    list_text,
    parsed_amount,
    parts,
)
from services.registry.imports.days import first_of, last_text, until_of
from services.registry.imports.entities import EntityPlan, Lines, one_line
from services.registry.imports.kinds.indicator_words import POST_KIND, SOURCE
from services.registry.imports.kinds.target_rules import RangeReader, range_texts
from services.registry.imports.matching import NameBook, PersonBook, UnitBook, found_in, person_in
from services.registry.imports.rules import CellRefused, Findings, Row, Sheet
from services.registry.indicators.rules import Band, Indicator, refusals

_BAND: Final = re.compile(
    r"(?P<lower>[\d.,]*?)\s*\.\.\s*(?P<upper>[\d.,]*)\s*[=:]\s*(?P<points>\d{1,3})"
)
_MOST_BANDS: Final = 20
_MOST_POINTS: Final = 120
_LONGEST_THEME: Final = 40
_FIELDS: Final = {"service_id": "service", "unit_id": "unit", "person_id": "person"} | {
    "valid_from": "from",
    "valid_until": "until",
}
"""Fields of an indicator whose columns are called otherwise."""


@dataclass(frozen=True, slots=True)
class KnownIndicators:
    """All indicators, those that plans take their figures from, and what they may name."""

    indicators: Iterable[Indicator]
    planned: Collection[UUID]
    units: UnitBook
    people: PersonBook
    services: NameBook


def plan_indicators(
    sheet: Sheet, known: KnownIndicators, *, new_id: Callable[[], UUID]
) -> EntityPlan[Indicator]:
    """Indicators are recognised by name, by whom they are for, by service and by first day. Columns
    that the file lacks stay as they are; an empty cell takes away what need not be."""
    planner = _Planner(sheet, known, new_id)
    for row in sheet.each():
        planner.take(row)
    return planner.plan


class _Planner:
    def __init__(self, sheet: Sheet, known: KnownIndicators, new_id: Callable[[], UUID]) -> None:
        self.plan: EntityPlan[Indicator] = EntityPlan(Findings(sheet))
        self._findings = self.plan.findings
        self._sheet = sheet
        self._known = known
        self._new_id = new_id
        self._stored: dict[tuple[Any, ...], list[Indicator]] = {}
        self._lines = Lines(self._findings)
        for indicator in known.indicators:
            self._stored.setdefault(_key(indicator), []).append(indicator)

    def take(self, row: Row) -> None:
        if not row["name"]:
            self._findings.refuse(row, "name", "is empty: name the indicator")
        named = self._named(row)
        if row.line in self._findings.lines:
            return
        there = self._stored.get(_key(named), [])
        # Equal names are told apart by all else: the one that the row describes, if there is one.
        candidates: list[Indicator | None] = [*there] or [None]
        chosen = [(before, self._read(row, before, named)) for before in candidates]
        if row.line in self._findings.lines:
            return
        before, after = next((pair for pair in chosen if pair[0] == pair[1]), chosen[0])
        if len(there) > 1 and before != after:
            reason = f"fits {len(there)} indicators that are stored: end or rename one of them"
            self._findings.refuse(row, "name", reason)
        elif len(there) < 2:
            self._lines.take(row, "name", _key(named), what="indicator")
        if before and after:
            self._check_planned(row, before, after)
        if row.line not in self._findings.lines and after:
            self.plan.put(before, after)

    def _named(self, row: Row) -> Indicator:
        """By what the row recognises an indicator; what it refuses is noted."""
        unit_id = found_in(self._known.units, row, "unit", self._findings)
        person = person_in(self._known.people, row, "person", self._findings)
        return Indicator(
            self._new_id(),
            row["name"],
            *("", "", "", Decimal(0), Decimal(0), ""),
            valid_from=first_of(row, self._findings) or date.min,
            unit_id=unit_id,
            person_id=person.id if person else None,
            post_kind=POST_KIND.of(row, "post_kind", self._findings),
            service_id=found_in(self._known.services, row, "service", self._findings),
        )

    def _read(self, row: Row, before: Indicator | None, named: Indicator) -> Indicator | None:
        """The indicator as the row wants it; None where something is refused, which is noted."""
        base = before or named
        shown = texts_of(before, self._known) if before else {}
        source = self._source(row, base)
        measured = RangeReader(row, self._sheet, self._findings, before).read()
        fields: dict[str, Any] = {
            name: read(row, self._findings)
            for name, read in _READERS.items()
            if name in self._sheet.places and row[name] != shown.get(name)
        }
        if "until" in self._sheet.places:
            fields["valid_until"] = until_of(row, self._findings, first=named.valid_from)
        if measured is None or row.line in self._findings.lines:
            return None
        ranged: dict[str, Any] = {
            name: getattr(measured, name) for name in type(measured).__slots__
        }
        after = replace(base, source=source, **ranged, **fields)
        for refusal in refusals(after):
            column = _FIELDS.get(refusal.field, refusal.field)
            self._findings.refuse(row, column, refusal.problem)
        return after

    def _source(self, row: Row, base: Indicator) -> str:
        """What the row states or is stored; empty where it is refused."""
        if base.source and "source" not in self._sheet.places:
            return base.source
        if not row["source"]:
            self._findings.refuse(row, "source", f"is empty: write {SOURCE.words()}")
        return SOURCE.of(row, "source", self._findings) or ""

    def _check_planned(self, row: Row, before: Indicator, after: Indicator) -> None:
        for name in ("measure_unit", "better"):
            if getattr(before, name) != getattr(after, name) and before.id in self._known.planned:
                reason = (
                    "is how plans measure it: give the stored indicator a last day, and begin "
                    "another one from the next day on"
                )
                self._findings.refuse(row, name, reason)


def texts_of(indicator: Indicator, known: KnownIndicators) -> dict[str, str]:
    """An indicator as cells."""
    return range_texts(indicator) | {
        "name": one_line(indicator.name),
        "source": SOURCE.texts[indicator.source],
        "bands": list_text([_band_text(band) for band in indicator.bands]),
        "theme": indicator.theme or "",
        "weight": amount_text(indicator.weight),
        "service": known.services.word_for(indicator.service_id) if indicator.service_id else "",
        "unit": known.units.word_for(indicator.unit_id) if indicator.unit_id else "",
        "post_kind": POST_KIND.texts[indicator.post_kind] if indicator.post_kind else "",
        "person": known.people.word_for(indicator.person_id) if indicator.person_id else "",
        "from": indicator.valid_from.isoformat(),
        "until": last_text(indicator.valid_until),
    }


def _key(indicator: Indicator) -> tuple[Any, ...]:
    return (
        one_line(indicator.name),
        indicator.unit_id,
        indicator.person_id,
        indicator.post_kind,
        indicator.service_id,
        indicator.valid_from,
    )


def _band_text(band: Band) -> str:
    lower, upper = ("" if end is None else amount_text(end) for end in (band.lower, band.upper))
    return f"{lower} .. {upper} = {band.points}"


def _bands(row: Row, findings: Findings) -> tuple[Band, ...]:
    found = []
    for text in parts(row["bands"]):
        band = _BAND.fullmatch(text)
        try:
            if not band or int(band["points"]) > _MOST_POINTS:
                raise CellRefused(
                    f"must be bands such as .. 50 = 60; 50 .. = 100, with at most {_MOST_POINTS} "
                    "points"
                )
            ends = [parsed_amount(end) if end else None for end in (band["lower"], band["upper"])]
            found.append(Band(ends[0], ends[1], int(band["points"])))
        except CellRefused as refusal:
            findings.refuse(row, "bands", str(refusal))
    if len(found) > _MOST_BANDS:
        findings.refuse(row, "bands", f"must be at most {_MOST_BANDS} bands")
    return tuple(found)


def _theme(row: Row, findings: Findings) -> str | None:
    if len(row["theme"]) > _LONGEST_THEME:
        findings.refuse(row, "theme", f"has more than {_LONGEST_THEME} characters")
    return row["theme"] or None


def _weight(row: Row, findings: Findings) -> Decimal:
    weight = amount_of(row, "weight", findings) if row["weight"] else None
    return Decimal(1) if weight is None else weight


_READERS: Final = {"bands": _bands, "theme": _theme, "weight": _weight}

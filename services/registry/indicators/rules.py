"""Indicators: which unit fits which source, and what targets and bands must be.

Sources: design, section 7; rules, section 1 (targets are a point or a closed range).
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Final, NamedTuple
from uuid import UUID

_SHARE: Final = ("percent",)
_CLOCK: Final = ("minutes", "working_minutes", "hours", "working_days", "days", "weeks")
"""Spans that a clock can give exactly; a month has no fixed length."""
_ANY: Final = (*_CLOCK, "months", "count", "percent", "index", "rupiah")

_LARGEST: Final = {"percent": Decimal(100), "index": Decimal(100)}
"""The end of a unit's domain, included. Every domain begins at 0; the others have no end."""


class Fit(NamedTuple):
    """The units an indicator of a source may have, and why no other."""

    units: tuple[str, ...]
    reason: str


FITS: Final = {
    "visit_duration": Fit(_CLOCK, "a visit is timed by a clock, and a month has no fixed length"),
    "share_on_time": Fit(_SHARE, "it is a share of the services finished"),
    "count": Fit(("count",), "it is a number of services finished"),
    "complaint_first_response": Fit(
        _CLOCK, "an answer is timed by a clock, and a month has no fixed length"
    ),
    "resolution_share": Fit(_SHARE, "it is a share of the complaints"),
    "unit_satisfaction": Fit(("index",), "satisfaction is an index from 25 to 100"),
    "report": Fit(_ANY, "people report in every unit"),
    "attendance": Fit(
        ("percent", "count", *_CLOCK), "it is a share of working days, a number or a length"
    ),
    "innovation": Fit(("count",), "innovations are counted"),
    "measurement": Fit(_ANY, "measurements come in every unit"),
}
"""By the values of contracts' `IndicatorSource`."""


class Refusal(NamedTuple):
    """A field and what is wrong with it, in words that say what to do."""

    field: str
    problem: str


@dataclass(frozen=True, slots=True)
class Band:
    """From `lower` (included) to `upper` (excluded); None goes on for ever."""

    lower: Decimal | None
    upper: Decimal | None
    points: int


@dataclass(frozen=True, slots=True)
class Indicator:
    """Inside `target_low` to `target_high`, ends included, is as expected.

    It applies to `unit_id` and the units below it (None: the whole tenant), there to everybody,
    to posts of one kind or to one person, from `valid_from` to the day before `valid_until`.
    Words are values of the enumerations in contracts.
    """

    id: UUID
    name: str
    source: str
    measure_unit: str
    better: str
    target_low: Decimal
    target_high: Decimal
    aspect: str
    valid_from: date
    valid_until: date | None = None
    bands: tuple[Band, ...] = ()
    theme: str | None = None
    weight: Decimal = Decimal(1)
    service_id: UUID | None = None
    unit_id: UUID | None = None
    post_kind: str | None = None
    person_id: UUID | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Held:
    """A place of a person on a day: the unit with all above it, and the kind of post, if known."""

    unit_ids: frozenset[UUID]
    post_kind: str | None = None


def refusals(indicator: Indicator) -> list[Refusal]:
    """Everything that contradicts itself in an indicator; nothing when it is good."""
    found = [
        *_fit(indicator),
        *target_refusals(indicator.measure_unit, indicator.target_low, indicator.target_high),
    ]
    if indicator.bands and (problem := band_problem(indicator.bands, indicator.measure_unit)):
        found.append(Refusal("bands", problem))
    if indicator.weight <= 0:
        found.append(Refusal("weight", "must be more than 0: end the indicator instead"))
    if indicator.valid_until is not None and indicator.valid_until <= indicator.valid_from:
        found.append(
            Refusal("valid_until", "must be after valid_from: it is the first day no more")
        )
    if indicator.person_id is not None and indicator.post_kind is not None:
        found.append(Refusal("post_kind", "must be left out where person_id names one person"))
    return found


def target_refusals(measure_unit: str, low: Decimal, high: Decimal) -> Iterator[Refusal]:
    """What is wrong with a target range in `measure_unit`."""
    largest = _LARGEST.get(measure_unit)
    for field, value in (("target_low", low), ("target_high", high)):
        if value < 0:
            yield Refusal(field, "must not be below 0")
        elif largest is not None and value > largest:
            yield Refusal(field, f"must not be above {largest}, the most that {measure_unit} has")
    if low > high:
        yield Refusal("target_high", "must not be below target_low: exchange them")


def band_problem(bands: Sequence[Band], measure_unit: str) -> str | None:
    """Why some value of the unit belongs to no band or to two; None where each has exactly one."""
    largest = _LARGEST.get(measure_unit)
    ordered = sorted(bands, key=lambda band: (band.lower is not None, band.lower or 0))
    for band in ordered:
        if band.lower is not None and band.upper is not None and band.lower >= band.upper:
            return f"holds an empty band, from {band.lower} to {band.upper}: upper must be greater"
    first, last = ordered[0], ordered[-1]
    if first.lower is not None and first.lower > 0:
        return f"leaves a gap from 0 to {first.lower}: leave out lower of the first band"
    for band, following in pairwise(ordered):
        if following.lower is None or band.upper is None or band.upper > following.lower:
            return f"has two bands that overlap at {following.lower or 0}: let one end there"
        if band.upper < following.lower:
            return f"leaves a gap from {band.upper} to {following.lower}: let them meet"
    if last.upper is not None and (largest is None or last.upper <= largest):
        return f"leaves a gap at {last.upper} and above: leave out upper of the last band"
    return None


def _fit(indicator: Indicator) -> Iterator[Refusal]:
    fit = FITS[indicator.source]
    if indicator.measure_unit not in fit.units:
        yield Refusal(
            "measure_unit",
            f"does not fit the source {indicator.source}, since {fit.reason}: "
            f"use {' or '.join(fit.units)}",
        )


def applying(
    indicators: Iterable[Indicator], person_id: UUID, held: Collection[Held]
) -> list[Indicator]:
    """Those that concern a person who holds these places; each once."""
    return [
        indicator
        for indicator in indicators
        if indicator.person_id in (None, person_id)
        and any(
            (indicator.unit_id is None or indicator.unit_id in place.unit_ids)
            and indicator.post_kind in (None, place.post_kind)
            for place in held
        )
    ]

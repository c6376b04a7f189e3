"""What the pages of people compute themselves: the drawing of a life at work."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

GROUPS: Final = ("definitive", "acting", "double", "leave", "line")
"""Rows of the drawing, from above."""

_STEPS: Final = (1, 2, 5, 10, 20, 50, 100, 500, 2000)
_MOST_TICKS: Final = 7
_LEAST: Final = timedelta(days=365)
_ROOM: Final = timedelta(days=60)
"""Beyond the last day that anything says, so that what goes on can be seen to go on."""


@dataclass(frozen=True, slots=True)
class Span:
    """Something of a person from `starts` to the day before `ends` (None: it goes on). `group` is
    one of GROUPS; `link` leads to the page of what `words` names."""

    group: str
    words: str
    starts: date
    ends: date | None
    link: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A span in the drawing: `left` and `width` are percent of its width."""

    left: float
    width: float
    span: Span


@dataclass(frozen=True, slots=True)
class Row:
    """Bars of one group that do not lie over each other; `first` of its group names it."""

    group: str
    first: bool
    bars: list[Bar]


@dataclass(frozen=True, slots=True)
class Drawing:
    """`ticks` are years and where they begin, `now` is today; percent of the width."""

    rows: list[Row]
    ticks: list[tuple[int, float]]
    now: float


def drawing(spans: Iterable[Span], today: date) -> Drawing | None:
    """Where each span stands; None where there is nothing to draw."""
    given = sorted(spans, key=lambda span: span.starts)
    if not given:
        return None
    told = [today, *(day for s in given for day in (s.starts, s.ends) if day is not None)]
    last = max(told)
    last += min(_ROOM, date.max - last)
    first = min(*told, last - _LEAST)
    whole = (last - first).days

    def at(day: date) -> float:
        return round((day - first).days / whole * 100, 2)

    rows: list[Row] = []
    for group in GROUPS:
        packed: list[list[Bar]] = []
        for span in (span for span in given if span.group == group):
            left = at(span.starts)
            bar = Bar(left, round(at(span.ends or last) - left, 2), span)
            free = next((row for row in packed if _free(row, span)), None)
            if free is None:
                packed.append([bar])
            else:
                free.append(bar)
        rows += [Row(group, not n, bars) for n, bars in enumerate(packed)]
    return Drawing(rows, [(year, at(date(year, 1, 1))) for year in _years(first, last)], at(today))


def holding(spans: Iterable[Span], day: date) -> list[Span]:
    """What holds on a day, in the order of GROUPS."""
    held = [s for s in spans if s.starts <= day and (s.ends is None or day < s.ends)]
    return sorted(held, key=lambda span: GROUPS.index(span.group))


def _free(row: Sequence[Bar], span: Span) -> bool:
    ends = row[-1].span.ends
    return ends is not None and ends <= span.starts


def _years(first: date, last: date) -> list[int]:
    """Years that begin within, few enough to be read."""
    years = range(first.year + 1, last.year + 1)
    step = next((step for step in _STEPS if len(years) <= step * _MOST_TICKS), _STEPS[-1])
    return [year for year in years if year % step == 0]

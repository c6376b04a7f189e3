"""What the result pages compute themselves: the tree, the periods to choose from, the curve."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

MONTHS: Final = 12
QUARTERS: Final = 8

WIDTH: Final = 440
HEIGHT: Final = 240
_LEFT: Final = 44
_RIGHT: Final = 16
_TOP: Final = 14
_BOTTOM: Final = 30
_LOWEST: Final = 25.0
_USUALLY_ABOVE: Final = 55.0
"""The scale begins here where no index is below: small changes can be seen."""
_HIGHEST: Final = 100.0
FLOORS: Final = (("A", 88.31), ("B", 76.61), ("C", 65.0))
"""Where the grades of PermenPANRB 14/2017 begin."""


@dataclass(frozen=True, slots=True)
class Line:
    """A unit in the tree; ``depth`` 0 is a top unit."""

    depth: int
    unit: Mapping[str, Any]


def tree(units: Sequence[Mapping[str, Any]]) -> list[Line]:
    """All units, each below its parent, by name. One whose parent is not among them is a top one;
    so is every one of a circle, which the registry does not allow."""
    known = {unit["id"] for unit in units}
    below: dict[Any, list[Mapping[str, Any]]] = defaultdict(list)
    for unit in sorted(units, key=lambda unit: unit["name"].casefold()):
        below[unit["parent_id"] if unit["parent_id"] in known else None].append(unit)
    lines: list[Line] = []

    def add(parent: Any, depth: int) -> None:
        for unit in below[parent]:
            lines.append(Line(depth, unit))
            add(unit["id"], depth + 1)

    add(None, 0)
    return lines


def found(lines: Iterable[Line], words: str) -> list[Line]:
    """The units whose name or code holds all of the words, as a plain list."""
    wanted = words.casefold().split()
    return [
        Line(0, line.unit)
        for line in lines
        if all(
            word in f"{line.unit['name']} {line.unit.get('code') or ''}".casefold()
            for word in wanted
        )
    ]


def recent_months(today: date) -> list[str]:
    """This month and those before it."""
    first = today.year * 12 + today.month - 1
    return [f"{at // 12:04}-{at % 12 + 1:02}" for at in range(first, first - MONTHS, -1)]


def recent_quarters(today: date) -> list[str]:
    """This quarter and those before it."""
    first = today.year * 4 + (today.month - 1) // 3
    return [f"{at // 4:04}-Q{at % 4 + 1}" for at in range(first, first - QUARTERS, -1)]


@dataclass(frozen=True, slots=True)
class Dot:
    """A period of the curve; ``y`` is None where nobody answered."""

    x: float
    y: float | None
    period: str
    point: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Curve:
    """A drawing of WIDTH x HEIGHT: ``pieces`` are the polylines between gaps."""

    dots: list[Dot]
    pieces: list[str]
    floors: list[tuple[str, float]]


def curve(points: Sequence[Mapping[str, Any]]) -> Curve:
    """Where each point of a trend stands; a gap breaks the line."""
    values = [float(point["index"]) for point in points if point["index"] is not None]
    bottom = _LOWEST if min(values, default=_HIGHEST) < _USUALLY_ABOVE else _USUALLY_ABOVE
    step = (WIDTH - _LEFT - _RIGHT) / max(1, len(points) - 1)
    dots = [
        Dot(
            round(_LEFT + step * at, 1),
            _height(float(point["index"]), bottom) if point["index"] is not None else None,
            point["period"],
            point,
        )
        for at, point in enumerate(points)
    ]
    pieces: list[list[str]] = [[]]
    for dot in dots:
        if dot.y is None:
            pieces.append([])
        else:
            pieces[-1].append(f"{dot.x},{dot.y}")
    return Curve(
        dots,
        [" ".join(piece) for piece in pieces if len(piece) > 1],
        [(grade, _height(floor, bottom)) for grade, floor in FLOORS],
    )


def _height(index: float, bottom: float) -> float:
    share = (index - bottom) / (_HIGHEST - bottom)
    return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)


def share_of_scale(mean: str | float) -> float:
    """Percent of the way from the lowest mark, 1, to the highest, 4; a bar is never empty."""
    return round(max(1.0, (float(mean) - 1) / 3 * 100), 1)

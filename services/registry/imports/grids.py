"""A file as lines of cells, before anybody knows which of them are rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a sheet, `number` from 1. `flaws` says of cells, by their place, why they cannot
    be trusted."""

    number: int
    cells: list[str]
    flaws: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet; a CSV file has one without a name. `hidden` sheets are read only by their name."""

    name: str
    encoding: str
    lines: list[Line]
    hidden: bool = False

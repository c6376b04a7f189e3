"""What an import works on: a sheet of rows, and what is found about its cells."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

REASON_TITLE: Final = "Alasan / Reason"
"""The column that is added to bad rows which are given back."""

KEPT_FOR: Final = timedelta(hours=24)
"""How long a file is kept."""

Told = Callable[[int, int], None]
"""How many are done of how many."""


def _nobody(_done: int, _total: int) -> None:
    """Nobody watches."""


class FileRefused(ValueError):  # noqa: N818 - it reads as a sentence
    """Nothing of the file can be used; the message says what to change. `titles` are those of what
    looks like the header, each with the field that it means, where a mapping could help."""

    def __init__(self, message: str, titles: Mapping[str, str | None] | None = None) -> None:
        super().__init__(message)
        self.titles = dict(titles or {})


class CellRefused(ValueError):  # noqa: N818 - it reads as a sentence
    """One cell cannot be used; the message never repeats it: it may be anybody's data."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a kind. `title` and `english` stand in templates, exports use `title`; `also`
    are further names that offices give it. Names match whatever their case, blanks and signs."""

    field: str
    title: str
    english: str
    help: str
    also: tuple[str, ...] = ()
    longest: int = 200


@dataclass(frozen=True, slots=True)
class BadCell:
    """What is wrong where: `line` counts from 1 as spreadsheets do, `column` is the file's own
    title, empty where the whole row is meant. `value` is the cell's beginning, as it stands."""

    line: int
    column: str
    reason: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Normalised:
    """A cell that was understood although it is written differently."""

    line: int
    column: str
    given: str
    taken: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line that is no row. `why` is one of empty, header, numbering, total, signature."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells by our field names, blanks trimmed; absent cells are empty. `given` are
    all cells of the line as they stand."""

    line: int
    cells: Mapping[str, str]
    given: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that could be read. `places` maps our field names to the columns, from 0.

    `bad` is what can be said without knowing the kind; `left_out` are bad rows of an import that
    takes the good ones: other rows may depend on them.
    """

    name: str
    encoding: str
    header_line: int
    header: tuple[str, ...]
    places: Mapping[str, int]
    rows: list[Row]
    skipped: list[Skipped] = field(default_factory=list)
    bad: list[BadCell] = field(default_factory=list)
    left_out: list[Row] = field(default_factory=list)
    told: Told = _nobody

    @property
    def columns(self) -> dict[str, str]:
        """Our field names to the file's own titles."""
        return {name: self.header[place] for name, place in self.places.items()}

    def ignored(self) -> list[str]:
        """The titles that mean nothing to this kind."""
        used = set(self.places.values())
        titles = [title for at, title in enumerate(self.header) if title and at not in used]
        return [title for title in titles if title != REASON_TITLE]

    def each(self) -> Iterator[Row]:
        """The rows; whoever watches is told how many were taken."""
        for count, row in enumerate(self.rows):
            if count % 250 == 0:
                self.told(count, len(self.rows))
            yield row
        self.told(len(self.rows), len(self.rows))

    def without(self, lines: set[int]) -> "Sheet":
        """The sheet with these lines left out."""
        return replace(
            self,
            rows=[row for row in self.rows if row.line not in lines],
            bad=[bad for bad in self.bad if bad.line not in lines],
            left_out=self.left_out + [row for row in self.rows if row.line in lines],
        )


class Findings:
    """What a planner says about cells, in the file's own words; one reason for each cell."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._bad = {(bad.line, bad.column): bad for bad in sheet.bad}
        self.lines = {bad.line for bad in sheet.bad}
        self.normalised: list[Normalised] = []

    def refuse(self, row: Row, name: str, reason: str) -> None:
        """The cell of this field is bad; without a field the row as a whole is."""
        column = self._sheet.columns.get(name, name)
        value = self._given(row, name)[:100]
        self._bad.setdefault((row.line, column), BadCell(row.line, column, reason, value))
        self.lines.add(row.line)

    def note(self, row: Row, name: str, taken: str) -> None:
        """The cell was understood as `taken`."""
        given = self._given(row, name)
        if given != taken:
            column = self._sheet.columns.get(name, name)
            self.normalised.append(Normalised(row.line, column, given, taken))

    def bad(self) -> list[BadCell]:
        """All of it, in the order of lines and columns."""
        order = {title: at for at, title in enumerate(self._sheet.header)}
        return sorted(self._bad.values(), key=lambda bad: (bad.line, order.get(bad.column, -1)))

    def _given(self, row: Row, name: str) -> str:
        place = self._sheet.places.get(name)
        return row.given[place] if place is not None and place < len(row.given) else ""


@dataclass(slots=True)
class Plan:
    """What a file would change, counted in rows of the file; each kind adds what it stores.

    `further` counts what begins beside the rows; `missing` are things that are stored and not in
    the file: shown, never deleted.
    """

    findings: Findings
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    further: dict[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

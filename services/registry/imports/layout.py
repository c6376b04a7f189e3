"""Where the table stands on a sheet: the header below titles, the rows, and what is none."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.registry.imports.cells import LOST_DIGITS, looks_ruined, plain, trimmed
from services.registry.imports.grids import Grid, Line
from services.registry.imports.rules import BadCell, Column, FileRefused, Row, Sheet, Skipped

_HEADER_WITHIN: Final = 50
"""Lines; a header stands among the first ones."""
LONGEST_TITLE: Final = 200
"""Characters of a title that a mapping can hold."""
_TOTAL = re.compile(r"^(jumlah|total|grand total|sub ?total)\b[\s:.]*[^\W\d]*[\s:.]*$", re.I)
_FIGURE = re.compile(r"^(rp\.?)?[\s\d.,%()-]+$", re.I)
_SIGNATURE = re.compile(
    r"^((yang )?(mengetahui|menyetujui|mengesahkan|mengesyahkan|membuat)\b"
    r"|(an|a\.n|u\.b|plt|plh)\b\.?|(kepala|sekretaris|camat|lurah|bupati|wali ?kota|gubernur)\b"
    r"|nip\b[\s.:]*\d|ttd\b|tembusan\b|catatan\b|keterangan\b|sumber\b|\*"
    r"|[^\W\d][\w .]*,\s*\d{1,2} [^\W\d]+ \d{4}$)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Titles:
    """What a kind's columns may be called. `required` are groups of fields; of each group one must
    be there. `mapping` is the sender's own: a title of the file to a field, or to None to ignore
    it."""

    columns: Sequence[Column]
    required: Sequence[frozenset[str]]
    mapping: Mapping[str, str | None] | None = None

    def names(self) -> dict[str, str | None]:
        """Every known title, plain, to its field."""
        names: dict[str, str | None] = {
            plain(title): column.field
            for column in self.columns
            for title in (column.field, column.title, column.english, *column.also)
        }
        if self.mapping:
            taken = set(self.mapping.values())
            names = {title: name for title, name in names.items() if name not in taken}
            names |= {plain(title): name for title, name in self.mapping.items()}
        return names

    def meanings(self, cells: Iterable[str]) -> dict[str, str | None]:
        """The titles in a line of cells, each with the field that it means; the second of two that
        mean the same means nothing."""
        names = self.names()
        meanings: dict[str, str | None] = {}
        for title in filter(None, map(trimmed, cells)):
            if title not in meanings and len(title) <= LONGEST_TITLE:
                name = names.get(plain(title))
                meanings[title] = None if name in meanings.values() else name
        return meanings

    def score(self, cells: Iterable[str]) -> int:
        """How many fields a line of cells names, were it the header."""
        names = self.names()
        return len({names.get(plain(cell)) for cell in cells} - {None})


def choose(grids: Iterable[Grid], titles: Titles, *, wanted: str | None) -> Sheet:
    """The sheet of that name, or the first one that has a header. Raises `FileRefused`."""
    refusals: list[tuple[int, FileRefused]] = []
    seen = []
    for grid in grids:
        seen.append(grid.name)
        if grid.name != wanted if wanted else grid.hidden:
            continue
        try:
            return lay_out(grid, titles)
        except FileRefused as refusal:
            refusals.append((titles.score(_best(grid, titles)), refusal))
    if refusals:
        raise max(refusals, key=lambda found: found[0])[1]
    if wanted:
        named = ", ".join(repr(name) for name in seen if name) or "none: it is a CSV file"
        raise FileRefused(f"The file has no sheet of this name; its sheets are {named}.")
    raise FileRefused("The workbook has no sheet with anything in it.")


def lay_out(grid: Grid, titles: Titles) -> Sheet:
    """The table of one sheet. Raises `FileRefused`."""
    at = _header(grid, titles)
    line = grid.lines[at]
    header = tuple(trimmed(cell) for cell in line.cells)
    places = _places(header, titles)
    longest = {column.field: column.longest for column in titles.columns}
    rows: list[Row] = []
    skipped: list[Skipped] = []
    bad: list[BadCell] = []
    body = grid.lines[at + 1 :]
    while body and not any(cell.strip() for cell in body[-1].cells):
        body.pop()
    end = _end(body, header, places, titles.required)
    for index, below in enumerate(body):
        if why := "signature" if index >= end else _no_row(below, header, first=index == 0):
            skipped.append(Skipped(below.number, why))
            continue
        row, findings = _row(below, header, places=places, longest=longest)
        rows.append(row)
        bad += findings
    return Sheet(
        grid.name, grid.encoding, line.number, header, places, rows, skipped=skipped, bad=bad
    )


def _best(grid: Grid, titles: Titles) -> list[str]:
    """The line that names most of the fields; of those the first one with most words."""

    def fits(cells: Sequence[str]) -> tuple[int, int]:
        words = {cell for cell in map(trimmed, cells) if cell and not _FIGURE.match(cell)}
        return titles.score(cells), len(words)

    head = [line.cells for line in grid.lines[:_HEADER_WITHIN]]
    return max(head, key=fits, default=[])


def _header(grid: Grid, titles: Titles) -> int:
    """The first line that names what is required, or the one right below it that names more."""
    names = titles.names()

    def named(line: Line) -> set[str]:
        return {name for cell in line.cells if (name := names.get(plain(cell)))}

    def enough(found: set[str]) -> bool:
        return all(found & group for group in titles.required)

    head = grid.lines[:_HEADER_WITHIN]
    for first, line in enumerate(head):
        if enough(found := named(line)):
            at = first
            while at + 1 < len(head) and len(below := named(head[at + 1])) > len(found):
                if not enough(below):
                    break
                at, found = at + 1, below
            return at
    meanings = titles.meanings(_best(grid, titles))
    found = {name for name in meanings.values() if name}
    by_field = {column.field: column for column in titles.columns}
    wanted = [group for group in titles.required if not group & found]
    examples = "; ".join(
        " or ".join(f"{name} (such as {by_field[name].title!r})" for name in sorted(group))
        for group in wanted
    )
    place = f"Sheet {grid.name!r}" if grid.name else "The file"
    raise FileRefused(
        f"{place} names no column for {examples}: add it to the header, or say by a mapping which "
        "column it is.",
        meanings,
    )


def _places(header: Sequence[str], titles: Titles) -> dict[str, int]:
    names = titles.names()
    places: dict[str, int] = {}
    for at, title in enumerate(header):
        name = names.get(plain(title)) if title else None
        if name is None:
            continue
        if name in places:
            raise FileRefused(
                f"The columns {header[places[name]]!r} and {title!r} both mean {name}: remove one, "
                "or say by a mapping which one counts.",
                titles.meanings(header),
            )
        places[name] = at
    return places


def _end(
    body: Sequence[Line],
    header: Sequence[str],
    places: Mapping[str, int],
    required: Sequence[frozenset[str]],
) -> int:
    """Where the signatures and notes below the table begin. A line that fills what is required is
    a row, and so is everything above it."""

    def complete(line: Line) -> bool:
        return all(any(_at(line, places.get(name)) for name in group) for group in required)

    def signs(line: Line) -> bool:
        filled = [text for cell in line.cells if (text := trimmed(cell))]
        few = len(filled) <= min(3, max(1, len(header) // 2))
        return few and any(_SIGNATURE.match(text) for text in filled)

    lowest = max((at for at, line in enumerate(body) if complete(line)), default=-1)
    return next(
        (at for at in range(lowest + 1, len(body)) if signs(body[at])),
        len(body),
    )


def _at(line: Line, place: int | None) -> str:
    return line.cells[place].strip() if place is not None and place < len(line.cells) else ""


def _no_row(line: Line, header: Sequence[str], *, first: bool) -> str | None:
    """Why a line of the table is no row, if it is none."""
    filled = [text for cell in line.cells if (text := trimmed(cell))]
    if not filled:
        return "empty"
    if [plain(cell) for cell in line.cells if cell.strip()] == [
        plain(title) for title in header if title
    ]:
        return "header"
    if _TOTAL.match(filled[0]) and all(_FIGURE.match(text) for text in filled[1:]):
        return "total"
    counted = [text.strip("() .") for text in filled]
    if first and len(counted) > 1 and all(text.isdecimal() for text in counted):
        start = int(counted[0])
        if start <= 1 and [int(text) for text in counted] == list(
            range(start, start + len(counted))
        ):
            return "numbering"
    return None


def _row(
    line: Line,
    header: Sequence[str],
    *,
    places: Mapping[str, int],
    longest: Mapping[str, int],
) -> tuple[Row, list[BadCell]]:
    bad = []
    if any(cell.strip() for cell in line.cells[len(header) :]):
        reason = (
            f"the row has {len(line.cells)} cells and the header {len(header)}: quote what is text"
        )
        bad.append(BadCell(line.number, "", reason))
    values = {}
    for name, place in places.items():
        given = line.cells[place] if place < len(line.cells) else ""
        value = trimmed(given)
        if reason := _flaw(line, place, value, longest[name]):
            bad.append(BadCell(line.number, header[place], reason, given[:100]))
        values[name] = value
    return Row(line.number, values, tuple(line.cells)), bad


def _flaw(line: Line, place: int, value: str, longest: int) -> str:
    if flaw := line.flaws.get(place):
        return flaw
    if looks_ruined(value):
        return LOST_DIGITS
    if len(value) > longest:
        return f"has more than {longest} characters"
    if not value.isprintable():
        return "holds an invisible character: type it again"
    return ""

"""Everything an import prints: the result to stdout, progress to stderr."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cli.paper.scores import Score
from cli.paper.sheets import Sheets

_SHOWN: Final = 100


class Report:
    """Prints what happens, step by step."""

    def __init__(self) -> None:
        self._out = Console(highlight=False)

    def file(self, sheets: Sheets) -> None:
        """What is not understood of the file."""
        if sheets.ignored:
            names = ", ".join(name or "(without a name)" for name in sheets.ignored)
            self._out.print(f"Ignored columns: {names}", markup=False)
        for bad in sheets.bad:
            column = f", column {bad.column}" if bad.column else ""
            line = f"line {bad.line}{column}: {bad.reason}"
            self._out.print(line, markup=False, soft_wrap=True)

    def dry_run(self, sheets: Sheets) -> None:
        """That nothing was sent on purpose."""
        self._out.print(f"{rows(len(sheets.good))} can be sent; nothing was sent (dry run).")

    def results(self, results: Sequence[dict[str, Any]]) -> None:
        """What feedback said of the sheets."""
        counts = Counter(row["result"] for row in results)
        self._out.print(
            f"{counts['new']} new, {counts['known']} known already, "
            f"{counts['conflict']} in conflict"
        )
        lines = [str(row["line"]) for row in results if row["result"] == "conflict"]
        if lines:
            more = f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
            named = f"Lines in conflict: {', '.join(lines[:_SHOWN])}{more}"
            self._out.print(named, soft_wrap=True)

    def scores(self, scores: Sequence[Score]) -> None:
        """A table, one line for each period."""
        table = Table("period", "n", "index", "grade")
        for score in scores:
            shown = (score.answers, score.index or "-", score.grade or "-")
            table.add_row(score.period, *map(str, shown))
        self._out.print(table)

    @contextmanager
    def progress(self, title: str, total: int) -> Iterator[Callable[[int], None]]:
        """A bar; give how many are done to what is yielded."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bars:
            bar = bars.add_task(title, total=total)
            yield lambda done: bars.update(bar, completed=done)


def rows(count: int) -> str:
    """A number of rows in words."""
    return "1 row" if count == 1 else f"{count} rows"

"""Shows what is under way: spinner and bar on a terminal, plain lines anywhere else."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

Advance = Callable[[], None]
"""Call it after each unit of work."""


class Stages:
    """One stage after the other, each with the time it took."""

    def __init__(self, console: Console) -> None:
        self.console = console

    @contextmanager
    def stage(self, title: str, *, total: int | None = None) -> Iterator[Advance]:
        """A stage of `total` steps, or of a length that nobody knows."""
        began = time.monotonic()
        if self.console.is_terminal:
            with self._progress(total) as progress:
                task = progress.add_task(title, total=total)
                yield lambda: progress.advance(task)
        else:
            self.console.print(f"... {title}", highlight=False)
            yield lambda: None
        seconds = time.monotonic() - began
        count = f", {total}" if total else ""
        self.console.print(
            f"[green]ok[/green]  {title}{count} [dim]({seconds:.1f} s)[/dim]", highlight=False
        )

    def _progress(self, total: int | None) -> Progress:
        columns: list[ProgressColumn] = [SpinnerColumn(), TextColumn("{task.description}")]
        if total is not None:
            columns += [BarColumn(), MofNCompleteColumn()]
        columns.append(TimeElapsedColumn())
        return Progress(*columns, console=self.console, transient=True)

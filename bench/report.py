"""What a run found: ratios with aims and verdicts, where the time went, what was checked."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from bench.processes import Memory

_MEGABYTE = 1_000_000
_MEMORY_AIM = 200


@dataclass(frozen=True)
class Comparison:
    """Rates of ours and of a baseline, round by round; `aim` is the least ratio aimed at."""

    what: str
    unit: str
    ours: Sequence[float]
    against: str
    theirs: Sequence[float]
    aim: float

    @property
    def ratios(self) -> list[float]:
        """Of each round: its two sides ran next to each other."""
        return [ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True)]

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)

    @property
    def met(self) -> bool:
        return self.ratio >= self.aim


@dataclass(frozen=True)
class Split:
    """Where time goes: rows of named parts, one column per variant; `note` says how to read it."""

    title: str
    unit: str
    columns: Mapping[str, Mapping[str, float]]
    note: str = ""


@dataclass
class Report:
    """Everything that is printed. `failures` are correctness: they decide the exit status."""

    comparisons: list[Comparison] = field(default_factory=list)
    splits: list[Split] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    memory: dict[str, Memory] = field(default_factory=dict)

    def note_memory(self, peaks: Mapping[str, Memory]) -> None:
        """Keep the largest that was seen of each process."""
        for name, peak in peaks.items():
            known = self.memory.get(name, Memory(0, 0))
            self.memory[name] = Memory(
                max(known.resident, peak.resident), max(known.unshared, peak.unshared)
            )

    def check(self, passed: bool, sentence: str) -> None:
        """Note a correctness check by what it found."""
        (self.checks if passed else self.failures).append(sentence)

    def print(self, console: Console) -> None:
        """Print all of it."""
        if self.comparisons:
            console.print(_comparisons(self.comparisons))
        if self.memory:
            console.print(_memory(self.memory))
        for split in self.splits:
            console.print(_split(split))
            if split.note:
                console.print(split.note, highlight=False)
        for note in self.notes:
            console.print(f"· {note}", highlight=False)
        for sentence in self.checks:
            console.print(f"[green]correct:[/] {sentence}", highlight=False)
        for sentence in self.failures:
            console.print(f"[red]WRONG:[/] {sentence}", highlight=False)


def _verdict(met: bool) -> str:
    return "[green]met[/]" if met else "[yellow]aim not met[/]"


def _comparisons(comparisons: Sequence[Comparison]) -> Table:
    table = Table(title="Ratios (medians of rounds that alternate)", title_justify="left")
    for heading in ("what", "ours", "against", "theirs", "ratio", "rounds", "aim", "verdict"):
        numeric = heading in ("ours", "theirs", "ratio", "rounds", "aim")
        table.add_column(heading, justify="right" if numeric else "left")
    for each in comparisons:
        table.add_row(
            each.what,
            f"{statistics.median(each.ours):,.0f} {each.unit}",
            each.against,
            f"{statistics.median(each.theirs):,.0f} {each.unit}",
            f"[bold]{each.ratio:.3g}[/]",
            f"{min(each.ratios):.3g} to {max(each.ratios):.3g}",
            f">= {each.aim:g}",
            _verdict(each.met),
        )
    return table


def _memory(peaks: Mapping[str, Memory]) -> Table:
    table = Table(title="Memory at full load, largest seen", title_justify="left")
    for heading in ("process", "resident", "unshared", "aim", "verdict"):
        numeric = heading in ("resident", "unshared", "aim")
        table.add_column(heading, justify="right" if numeric else "left")
    for name, peak in sorted(peaks.items()):
        resident, unshared = (size / _MEGABYTE for size in (peak.resident, peak.unshared))
        met = resident < _MEMORY_AIM
        row = (f"{resident:.0f} MB", f"{unshared:.0f} MB", f"< {_MEMORY_AIM} MB", _verdict(met))
        table.add_row(name, *row)
    return table


def _split(split: Split) -> Table:
    table = Table(title=f"{split.title} ({split.unit})", title_justify="left")
    table.add_column("part")
    rows: dict[str, None] = {}
    for name, column in split.columns.items():
        table.add_column(name, justify="right")
        rows |= dict.fromkeys(column)
    for row in rows:
        values = (column.get(row) for column in split.columns.values())
        table.add_row(row, *("" if value is None else f"{value:,.2f}" for value in values))
    return table

"""What a person sees at the end: the table, and what to try next."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rich import box
from rich.console import Console
from rich.table import Table

from cli.demo.places import Place
from cli.demo.registration import Registered
from cli.demo.scores import Card


@dataclass(frozen=True, slots=True)
class Score:
    """One unit in one period; `published` is the index its publisher computed, if any, and
    `agrees` says whether ours is the same. `milliseconds` are from an answer to the score."""

    place: str
    unit: str
    unit_id: str
    period: str
    card: Card
    milliseconds: Sequence[float]
    published: Decimal | None = None
    agrees: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the demo filled in, and under which ids, by slug; `places` are the simulated ones."""

    scores: Sequence[Score]
    places: Sequence[Place]
    registered: Mapping[str, Registered]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share of them does not exceed (nearest rank)."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def print_table(console: Console, scores: Sequence[Score]) -> None:
    """A line for each unit, and how the times were taken."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("place", "unit"):
        table.add_column(heading, overflow="fold")
    table.add_column("period", no_wrap=True)
    for heading in ("answers", "index", "grade", "published", "p50 ms", "p99 ms"):
        table.add_column(heading, no_wrap=True, justify="right")
    for score in scores:
        table.add_row(
            score.place,
            score.unit,
            score.period,
            str(score.card.answers),
            score.card.index,
            score.card.grade,
            _published(score),
            *_times(score.milliseconds),
        )
    console.print("\nCitizens' satisfaction (SKM), and the time from an answer to its score")
    console.print(table)
    times = [time for score in scores for time in score.milliseconds]
    p50, p99 = _times(times)
    console.print(
        f"p50 {p50} ms, p99 {p99} ms over {len(times)} answers given one at a time: every"
        " published row, and the last few of each simulated unit.\n"
        "Timed at the client, from the POST until a GET shows the changed score.\n",
        highlight=False,
    )


def _times(milliseconds: Sequence[float]) -> tuple[str, str]:
    if not milliseconds:  # where a start was cut off, the second try is not timed
        return "", ""
    return f"{percentile(milliseconds, 0.5):.0f}", f"{percentile(milliseconds, 0.99):.0f}"


def _published(score: Score) -> str:
    if score.published is None:
        return ""
    return f"{score.published} {'✓' if score.agrees else '≠'}"

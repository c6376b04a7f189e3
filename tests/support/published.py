"""The published survey rows of ``tests/data``."""

import csv
import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from shared.contracts import ELEMENTS

DATA = Path(__file__).parents[1] / "data"
SEKADAU = DATA / "skm" / "sekadau_2019_s1.csv"
KEDIRI = DATA / "skm" / "kediri_2024_running.csv"


class Running(NamedTuple):
    """One row of Kediri and the index that was published after it."""

    answered_at: datetime
    scores: dict[str, int]
    index: Decimal


def _scores(row: dict[str, str]) -> dict[str, int]:
    return {element: int(row[element]) for element in ELEMENTS}


def sekadau() -> list[dict[str, int]]:
    """49 answers; index 78.74, grade B."""
    with SEKADAU.open(newline="") as file:
        return [_scores(row) for row in csv.DictReader(file)]


def kediri() -> Iterator[Running]:
    """20 answers in the order they were given."""
    with KEDIRI.open(newline="") as file:
        for row in csv.DictReader(file):
            yield Running(
                datetime.fromisoformat(row["answered_at"]),
                _scores(row),
                Decimal(row["published_running_index"]),
            )


def gaspul() -> dict[str, Any]:
    """Element totals of 29 answers, and the index by two weights."""
    document: dict[str, Any] = json.loads((DATA / "skm" / "gaspul_2025_q3.json").read_text())
    return document

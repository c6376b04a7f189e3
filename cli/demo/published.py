"""Published surveys: real rows, and the indices that their publishers computed from them."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

from cli.demo.places import DATA, Desk, Place, Policy, Service, Unit

_FOLDER: Final = DATA / "published"
_FOUR_DECIMALS: Final = Fraction(1, 10_000)
_NOT_ANSWERS: Final = {"respondent", "answered_at", "published_running_index"}


@dataclass(frozen=True, slots=True)
class Row:
    """One respondent; `running` is the index that was published after this row, if any.

    `moment` is absent where only the day is known.
    """

    day: date
    scores: Mapping[str, int]
    moment: datetime | None = None
    running: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """Rows for one desk of a place, with the `index` that was published of them.

    Rows `on_paper` are sent by an officer, the others by the citizens' route.
    """

    place: Place
    desk: Desk
    quarter: str
    rows: tuple[Row, ...]
    index: Decimal
    note: str
    on_paper: bool = True

    def agrees(self, index: Decimal, after_each: Sequence[Fraction]) -> bool:
        """Whether ours is the published index, and to four decimals after each row that has one."""
        running = zip(self.rows, after_each, strict=True)
        return index == self.index and all(
            row.running is None or abs(ours - Fraction(row.running)) <= _FOUR_DECIMALS
            for row, ours in running
        )


def surveys() -> list[Survey]:
    """All published surveys, GASPUL once with each of its two weights."""
    return [sekadau(), kediri(), *gaspul()]


def sekadau() -> Survey:
    """49 rows; the index is by the exact rule."""
    last_working_day = date(2019, 6, 28)
    rows = [Row(last_working_day, _scores(row)) for row in _table("sekadau_2019_s1.csv")]
    place = _place("sekadau", "Kabupaten Sekadau", "Asia/Pontianak")
    note = "49 real rows, first half of 2019"
    return Survey(place, place.desks[0], "2019-Q2", tuple(rows), Decimal("78.74"), note, False)


def kediri() -> Survey:
    """20 rows in order, each with the index that the application showed after it."""
    zone = "Asia/Jakarta"
    rows = []
    for row in _table("kediri_2024_running.csv"):
        moment = datetime.fromisoformat(row["answered_at"])
        running = Decimal(row["published_running_index"])
        day = moment.astimezone(ZoneInfo(zone)).date()
        rows.append(Row(day, _scores(row), moment, running))
    place = _place("kediri", "Kediri (aplikasi survei)", zone)
    note = "20 real rows, 2024; compared after each"
    return Survey(place, place.desks[0], "2024-Q2", tuple(rows), Decimal("77.50"), note)


def gaspul() -> list[Survey]:
    """The totals of 29 respondents, as rows that add up to them; 1/9 and 0.11 as weights."""
    published = json.loads((_FOLDER / "gaspul_2025_q3.json").read_text())
    rows = tuple(
        Row(date(2025, 9, 30), scores)
        for scores in rows_of_totals(published["totals"], published["respondents"])
    )
    units = (
        Unit("GASPUL", "GASPUL, bobot 1/9", "kantor"),
        Unit("GASPUL-011", "GASPUL, bobot 0,11", "kantor"),
    )
    service = Service("Pelayanan kantor")
    desks = tuple(Desk(unit.code, service.name) for unit in units)
    policy = Policy(date(2025, 1, 1), unit="GASPUL-011", weight_decimals=2)
    place = Place(
        "gaspul",
        "GASPUL (kantor provinsi)",
        "Asia/Makassar",
        units,
        (service,),
        policies=(policy,),
        desks=desks,
    )
    return [
        Survey(place, desk, "2025-Q3", rows, Decimal(str(index)), "29 rows made to fit real totals")
        for desk, index in zip(desks, published["published"].values(), strict=True)
    ]


def rows_of_totals(totals: Mapping[str, int], respondents: int) -> list[dict[str, int]]:
    """Rows of marks 1 to 4 whose totals are exactly these; not what anybody answered.

    Each element gets its mean rounded down, and one more in as many rows as are missing; where
    they begin differs by element, so that no row gets all of them.
    """
    rows: list[dict[str, int]] = [{} for _ in range(respondents)]
    for number, (element, total) in enumerate(totals.items()):
        mark, more = divmod(total, respondents)
        for place in range(respondents):
            row = rows[(place + number * 5) % respondents]
            row[element] = mark + 1 if place < more else mark
    return rows


def _place(slug: str, name: str, zone: str) -> Place:
    unit, service = Unit(slug.upper(), name, "tempat survei"), Service("Pelayanan publik")
    desk = Desk(unit.code, service.name)
    return Place(slug, name, zone, (unit,), (service,), desks=(desk,))


def _table(file: str) -> list[dict[str, str]]:
    with (_FOLDER / file).open(newline="") as lines:
        return list(csv.DictReader(lines))


def _scores(row: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(mark) for name, mark in row.items() if name not in _NOT_ANSWERS}

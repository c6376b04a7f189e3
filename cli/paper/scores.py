"""What the sheets add up to, for each period they fall into."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from cli.client import Login, RefusedError
from cli.paper.place import Place
from cli.paper.sheets import Sheet


@dataclass(frozen=True, slots=True)
class Score:
    """The unit's card of one period; without index and grade where nothing is counted."""

    period: str
    answers: int
    index: str | None
    grade: str | None


async def read_scores(login: Login, sheets: Sequence[Sheet], place: Place) -> list[Score]:
    """The scores of the months, then of the quarters, of the sheets. Raise ``RefusedError``."""
    path = f"/v1/units/{place.unit}/satisfaction"
    scores = []
    for period in periods_of(sheets, place.zone):
        try:
            card = await login.get("scoring", path, period=period, service=place.service)
        except RefusedError as refusal:
            if refusal.slug != "not-found":
                raise
            card = {"answers": 0, "index": None, "grade": None}
        scores.append(Score(period, card["answers"], card["index"], card["grade"]))
    return scores


def periods_of(sheets: Sequence[Sheet], zone: str) -> list[str]:
    """The months and quarters that the sheets fall into, in the tenant's zone."""
    days = {_day(sheet, zone) for sheet in sheets}
    months = {f"{day:%Y-%m}" for day in days}
    quarters = {f"{day.year}-Q{(day.month + 2) // 3}" for day in days}
    return [*sorted(months), *sorted(quarters)]


def _day(sheet: Sheet, zone: str) -> date:
    if sheet.day is not None:
        return sheet.day
    return (sheet.answered_at or datetime.now(UTC)).astimezone(ZoneInfo(zone)).date()

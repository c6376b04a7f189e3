"""Sends sheets to feedback, some at a time."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from cli.client import Login
from cli.paper.place import Place
from cli.paper.sheets import Sheet

_CHUNK: Final = 250


async def send_sheets(
    login: Login,
    sheets: Sequence[Sheet],
    *,
    place: Place,
    batch: str,
    progress: Callable[[int], None],
) -> list[dict[str, Any]]:
    """What became of each sheet (``line``, ``fact_id``, ``result``), in their order.

    ``progress`` hears how many are sent. Safe to repeat: batch and line identify a sheet. Raise
    ``RefusedError``.
    """
    results: list[dict[str, Any]] = []
    for start in range(0, len(sheets), _CHUNK):
        body = {
            "unit_id": place.unit,
            "service_id": place.service,
            "rows": [_row(sheet) for sheet in sheets[start : start + _CHUNK]],
        }
        path = f"/v1/paper-batches/{batch}/answers"
        results += (await login.post("feedback", path, body))["rows"]
        progress(len(results))
    return results


def _row(sheet: Sheet) -> dict[str, Any]:
    row: dict[str, Any] = {"line": sheet.line, "scores": sheet.scores}
    if sheet.answered_at is not None:
        row["answered_at"] = sheet.answered_at.isoformat()
    elif sheet.day is not None:
        row["day"] = sheet.day.isoformat()
    if sheet.profile:
        row["profile"] = sheet.profile
    return row

"""Answers taken on paper: batch and line are the identity."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.feedback.conftest import MARKS, Feedback, slug


def batch(feedback: Feedback, rows: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    place = {"unit_id": str(feedback.ours.unit), "service_id": str(feedback.ours.service)}
    return place | {"rows": rows} | changes


async def test_a_second_import_changes_nothing(feedback: Feedback) -> None:
    rows = [{"line": line, "scores": MARKS, "day": "2026-03-05"} for line in range(2, 102)]
    path = "/v1/paper-batches/march/answers"
    for result in ("new", "known"):
        response = await feedback.post(path, batch(feedback, rows))
        assert response.status_code == 200
        assert {row["result"] for row in response.json()["rows"]} == {result}
        assert [row["line"] for row in response.json()["rows"]] == list(range(2, 102))
        assert await feedback.count() == 100
    events = await feedback.events()
    assert {event.channel.value for event in events} == {"paper"}
    assert {event.occurred_at for event in events} == {datetime(2026, 3, 5, 5, tzinfo=UTC)}
    assert len({event.fact_id for event in events}) == 100
    other = await feedback.post("/v1/paper-batches/april/answers", batch(feedback, rows))
    assert {row["result"] for row in other.json()["rows"]} == {"new"}


async def test_another_content_of_a_line_is_a_conflict(feedback: Feedback) -> None:
    path = "/v1/paper-batches/march/answers"
    first = {"line": 2, "scores": MARKS, "answered_at": "2026-03-05T03:00:00Z"}
    await feedback.post(path, batch(feedback, [first]))
    changed = [first | {"scores": {"waktu": 1}}, {"line": 3, "scores": MARKS}]
    response = await feedback.post(path, batch(feedback, changed))
    assert [row["result"] for row in response.json()["rows"]] == ["conflict", "new"]
    elsewhere = batch(feedback, [first], unit_id=str(feedback.ours.other_unit))
    response = await feedback.post(path, elsewhere)
    assert [row["result"] for row in response.json()["rows"]] == ["conflict"]
    assert (await feedback.events())[0].scores.model_dump(exclude_none=True) == MARKS


async def test_bad_rows_are_all_named_and_nothing_is_stored(feedback: Feedback) -> None:
    path = "/v1/paper-batches/march/answers"
    later = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    good = {"line": 2, "scores": MARKS}
    for rows, fields in (
        ([good, {"line": 3, "scores": {"waktu": 5}}], ["rows[1].scores.waktu"]),
        (
            [good | {"answered_at": later}, good | {"line": 3, "day": later[:10]}],
            ["rows[0].answered_at", "rows[1].day"],
        ),
        (
            [
                good | {"answered_at": "1850-01-01T00:00:00Z"},
                good | {"line": 3, "answered_at": "0001-01-01T00:00:00+14:00"},
                good | {"line": 4, "day": "1999-12-31"},
            ],
            ["rows[0].answered_at", "rows[1].answered_at", "rows[2].day"],
        ),
        ([good, good], ["body"]),
        ([], ["rows"]),
        ([good | {"answered_at": "2026-03-05T03:00:00Z", "day": "2026-03-05"}], ["rows[0]"]),
    ):
        response = await feedback.post(path, batch(feedback, rows))
        assert (response.status_code, slug(response)) == (422, "invalid-request")
        assert [error["field"] for error in response.json()["errors"]] == fields
    unknown = await feedback.post(path, batch(feedback, [good], unit_id=str(uuid4())))
    assert (unknown.status_code, slug(unknown)) == (422, "unknown-unit")
    assert await feedback.count() == 0


async def test_only_survey_officers_send_paper(feedback: Feedback) -> None:
    body = batch(feedback, [{"line": 2, "scores": MARKS}])
    path = "/v1/paper-batches/march/answers"
    for role, status in (("tenant_administrator", 200), ("unit_officer", 403), ("employee", 403)):
        response = await feedback.post(path, body, headers=feedback.headers(role))
        assert response.status_code == status


async def test_a_full_batch_with_long_comments_fits(feedback: Feedback) -> None:
    rows = [{"line": n, "scores": MARKS, "comment": "é" * 2000} for n in range(1, 501)]
    response = await feedback.post("/v1/paper-batches/long/answers", batch(feedback, rows))
    assert response.status_code == 200, response.text

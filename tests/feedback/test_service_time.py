"""What intake accepts counts: one pair of bounds from the request to the tallies."""

import json
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from services.feedback.answers.rules import noon_of
from services.scoring.ledger.consumers import decode_fact, decode_facts
from shared.contracts import EARLIEST_SERVICE, SERVICE_BEFORE, SurveyAnswered
from shared.messaging.records import Record
from tests.feedback.conftest import MARKS, Feedback


async def test_the_earliest_moments_that_are_accepted_count(feedback: Feedback) -> None:
    visit = await feedback.visit(finished_at=EARLIEST_SERVICE.isoformat())
    counter = await feedback.counter()
    path = "/v1/paper-batches/old/answers"
    place = {"unit_id": str(feedback.ours.unit), "service_id": str(feedback.ours.service)}
    rows = [
        {"line": 1, "scores": MARKS, "answered_at": EARLIEST_SERVICE.isoformat()},
        {"line": 2, "scores": MARKS, "day": "2000-01-01"},
    ]
    for response in (
        await feedback.answer({"token": visit["answer_token"], "scores": MARKS}),
        await feedback.answer(
            {"counter": counter["code"], "scores": MARKS, "service_day": "2000-01-01"}
        ),
        await feedback.post(path, place | {"rows": rows}),
    ):
        assert response.is_success, response.text
    bodies = [row["body"] for row in await feedback.rows("select body from outbox")]
    kind = (("ce_type", SurveyAnswered.type.encode()),)
    records = [Record(SurveyAnswered.topic, 0, 0, b"key", body, kind) for body in bodies]
    assert len(records) == 4
    assert decode_facts(records) == [decode_fact(record) for record in records]


@pytest.mark.parametrize("moment", [datetime(1850, 1, 1, tzinfo=UTC), SERVICE_BEFORE])
async def test_the_database_refuses_other_moments(feedback: Feedback, moment: datetime) -> None:
    counter = await feedback.counter()
    await feedback.answer({"counter": counter["code"], "scores": MARKS})
    with pytest.raises(asyncpg.CheckViolationError, match="occurred_at"):
        await feedback.as_owner(
            "update answers set occurred_at = $1, received_at = greatest(received_at, $1)", moment
        )


async def test_the_reason_is_told(feedback: Feedback) -> None:
    body = {"ticket": "A-1", "unit_id": str(uuid4()), "service_id": str(uuid4())}
    response = await feedback.post("/v1/visits", body | {"finished_at": "1850-01-01T00:00:00Z"})
    assert response.json()["errors"] == [
        {"field": "finished_at", "problem": "must be a time of the years 2000 to 2199"}
    ]
    counter = await feedback.counter()
    for day in ("1999-12-31", "2200-01-01"):
        response = await feedback.answer(
            {"counter": counter["code"], "scores": MARKS, "service_day": day}
        )
        assert json.loads(response.text)["errors"] == [
            {"field": "service_day", "problem": "must be a day of the years 2000 to 2199"}
        ]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Asia/Jakarta", "Etc/GMT+12"])
def test_noon_of_the_first_day_is_possible_everywhere(zone: str) -> None:
    noon = noon_of(date(2000, 1, 1), zone, received_at=datetime.now(UTC))
    assert EARLIEST_SERVICE <= noon <= EARLIEST_SERVICE + timedelta(days=2)

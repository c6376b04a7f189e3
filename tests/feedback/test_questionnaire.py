"""The public route that tells a citizen's page what to ask, about whom."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from services.feedback.registry_replica.consumers import on_registry_changes
from shared.contracts import UnitChanged
from tests.feedback.conftest import MARKS, Feedback, slug


async def ask(feedback: Feedback, tenant: object, **source: Any) -> httpx.Response:
    return await feedback.http.get(f"/v1/tenants/{tenant}/questionnaire", params=source)


async def test_a_code_tells_names_and_questions_by_id_and_by_slug(feedback: Feedback) -> None:
    counter = await feedback.counter()
    typed = counter["code"].lower()[:3] + " " + counter["code"][3:]
    for tenant in (feedback.ours.id, feedback.ours.slug):
        answer = await ask(feedback, tenant, counter=typed)
        assert answer.status_code == 200, answer.text
        elements = answer.json().pop("elements")
        assert sorted(elements) == sorted(MARKS)
        assert elements[-2:] == ["sarana", "pengaduan"]
        assert {k: v for k, v in answer.json().items() if k != "elements"} == {
            "tenant_id": str(feedback.ours.id),
            "tenant_slug": "salatiga",
            "tenant_name": "salatiga",
            "unit_name": "Loket",
            "service_name": "KTP",
            "answered": False,
        }


async def test_a_token_tells_whether_it_was_used(feedback: Feedback) -> None:
    visit = await feedback.visit()
    token = visit["answer_token"]
    assert (await ask(feedback, "salatiga", token=token)).json()["answered"] is False
    assert (await feedback.answer({"token": token, "scores": MARKS})).status_code == 201
    assert (await ask(feedback, "salatiga", token=token)).json()["answered"] is True


async def test_what_cannot_be_answered_is_refused_as_the_answer_would_be(
    feedback: Feedback,
) -> None:
    counter = await feedback.counter()
    visit = await feedback.visit()
    off = f"/v1/counters/{counter['counter_id']}/switch-off"
    assert (await feedback.post(off)).status_code == 200
    late = datetime.now(UTC) - timedelta(days=1)
    await feedback.as_owner("update visits set token_expires_at = $1", late)
    refused = [
        (await ask(feedback, "salatiga", counter=counter["code"]), 410, "counter-switched-off"),
        (await ask(feedback, "salatiga", token=visit["answer_token"]), 410, "token-expired"),
        (await ask(feedback, "salatiga", counter="ZZZZZZ"), 404, "unknown-counter"),
        (await ask(feedback, "bandung", counter=counter["code"]), 404, "unknown-counter"),
        (await ask(feedback, "salatiga", token="nobodys"), 404, "unknown-token"),
        (await ask(feedback, "nowhere", counter="ZZZZZZ"), 404, "unknown-tenant"),
        (await ask(feedback, uuid4(), counter="ZZZZZZ"), 404, "unknown-tenant"),
        (await ask(feedback, "salatiga' or 'a'='a", counter="ZZZZZZ"), 404, "unknown-tenant"),
        (await ask(feedback, "salatiga"), 422, "invalid-request"),
        (await ask(feedback, "salatiga", counter="A", token="b"), 422, "invalid-request"),
    ]
    for answer, status, reason in refused:
        assert (answer.status_code, slug(answer)) == (status, reason)


async def test_names_of_rows_from_before_come_with_the_next_reading(feedback: Feedback) -> None:
    await feedback.as_owner("update units set name = null")
    counter = await feedback.counter()
    assert (await ask(feedback, "salatiga", counter=counter["code"])).json()["unit_name"] is None
    connection = await asyncpg.connect(feedback.database.worker)
    try:
        await on_registry_changes(connection, feedback.ours.changes())
        older = UnitChanged(
            tenant_id=feedback.ours.id,
            id=feedback.ours.unit,
            version=1,
            name="Other",
            unit_kind="upt",
        )
        await on_registry_changes(connection, [older])
    finally:
        await connection.close()
    shown = (await ask(feedback, "salatiga", counter=counter["code"])).json()
    assert shown["unit_name"] == "Loket"


@pytest.mark.parametrize("action", ["", "/switch-off"])
async def test_a_counter_is_shown_by_its_names(feedback: Feedback, action: str) -> None:
    created = await feedback.counter()
    path = f"/v1/counters/{created['counter_id']}"
    if action:
        shown = await feedback.post(path + action)
    else:
        shown = await feedback.http.get(path, headers=feedback.headers())
    assert (shown.json()["unit_name"], shown.json()["service_name"]) == ("Loket", "KTP")
    assert (created["unit_name"], created["service_name"]) == ("Loket", "KTP")
    unknown = f"/v1/counters/{uuid4()}"
    assert (await feedback.http.get(unknown, headers=feedback.headers())).status_code == 404
